import type { LinkingDeps } from "../../src/matrix/linking/deps.ts";
import { dyingAt } from "../support/dying-at.ts";

/**
 * Dependencies whose user dies at the given step and stays dead. Steps are the moments before and after everything that
 * has an effect: each request, each database transaction, each call that stores events. What happened before the step
 * has happened, what was in an open transaction has not.
 */
export function killedAfter(deps: LinkingDeps, step: number): { deps: LinkingDeps } {
  const around = dyingAt(step);
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
