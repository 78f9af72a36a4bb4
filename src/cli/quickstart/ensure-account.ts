import { randomToken } from "../../kernel/random.ts";
import type { Homeserver } from "./choose-homeserver.ts";
import type { KeptState, KeptUser } from "./kept-state.ts";
import { findLogin, findTokenOwner } from "./matrix-user.ts";

const people = ["alice", "bob"];

interface Account {
  readonly userId: string;
  readonly password: string;
  readonly accessToken: string;
}

/** Alice and bob, as far as the homeserver lets us have them; whoever is missing is told with the reason. */
export async function ensurePeople(
  homeserver: Homeserver,
  state: KeptState,
  say: (line: string) => void,
): Promise<readonly Account[]> {
  const accounts = [];
  for (const localpart of people) {
    const account = await ensureAccount(homeserver, state, localpart);
    if (account !== undefined) accounts.push(account);
    else say(`${reasonWithout(homeserver, localpart)} The demo goes on without ${localpart}.`);
  }
  return accounts;
}

function reasonWithout({ createAccount, serverName }: Homeserver, localpart: string): string {
  return createAccount === undefined
    ? `To have accounts made on ${serverName}, set MATRIX_REGISTRATION_SHARED_SECRET to its registration_shared_secret.`
    : `@${localpart}:${serverName} belongs to somebody already, or the shared secret is not right.`;
}

/**
 * An account with this localpart, made if there is none and kept so that the next run has it again. Undefined when the
 * account is somebody else's or cannot be made.
 */
async function ensureAccount(
  homeserver: Homeserver,
  state: KeptState,
  localpart: string,
): Promise<Account | undefined> {
  const userId = `@${localpart}:${homeserver.serverName}`;
  const kept = state.values.users[localpart] ?? { userId, password: randomToken(9) };
  const { password } = kept;
  if (kept.accessToken !== undefined && (await findTokenOwner(homeserver.url, kept.accessToken)) === userId) {
    return { userId, password, accessToken: kept.accessToken };
  }
  const keep = (account: KeptUser): Promise<void> =>
    state.keep({ users: { ...state.values.users, [localpart]: account } });
  await keep({ userId, password });
  const accessToken =
    (await findLogin(homeserver.url, { userId, password })) ??
    (await homeserver.createAccount?.(localpart, password).catch(() => undefined))?.accessToken;
  if (accessToken === undefined) return undefined;
  await keep({ userId, password, accessToken });
  return { userId, password, accessToken };
}
