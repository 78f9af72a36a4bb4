import type { LinkingDeps } from "../../src/matrix/linking/deps.ts";

/**
 * Dependencies whose user dies at the given step and stays dead. Steps are the moments before and after everything that
 * has an effect: each request, each database transaction, each call that stores events. What happened before the step
 * has happened, what was in an open transaction has not.
 */
export function killedAfter(deps: LinkingDeps, step: number): { deps: LinkingDeps } {
  let taken = 0;
  const breathe = () => {
    taken += 1;
    if (taken >= step) throw new Error(`killed at step ${taken}`);
  };
  const around =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      breathe();
      const result = await call(...args);
      breathe();
      return result;
    };
  const { homeserver, database } = deps;
  return {
    deps: {
      ...deps,
      database: { ...database, transaction: (work) => around(() => database.transaction(work))() },
      ingest: around(deps.ingest),
      homeserver: {
        joinRoom: around(homeserver.joinRoom),
        leaveRoom: around(homeserver.leaveRoom),
        forgetRoom: around(homeserver.forgetRoom),
        roomState: around(homeserver.roomState),
        stateEvent: around(homeserver.stateEvent),
        messages: around(homeserver.messages),
        resolveAlias: around(homeserver.resolveAlias),
        ownMembership: around(homeserver.ownMembership),
        registerUser: around(homeserver.registerUser),
      },
    },
  };
}
