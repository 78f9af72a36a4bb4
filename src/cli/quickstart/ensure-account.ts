import type { Homeserver } from "./choose-homeserver.ts";
import type { KeptState } from "./kept-state.ts";
import { findLogin, findTokenOwner } from "./matrix-user.ts";

/**
 * An account with this localpart, made if there is none and kept so that the next run has it again. Undefined when the
 * account is somebody else's or cannot be made.
 */
export async function ensureAccount(
  homeserver: Homeserver,
  state: KeptState,
  localpart: string,
  newPassword: string,
): Promise<{ userId: string; password: string; accessToken: string } | undefined> {
  const userId = `@${localpart}:${homeserver.serverName}`;
  const kept = state.values.users[localpart] ?? { userId, password: newPassword };
  const keep = async (accessToken?: string): Promise<void> => {
    const account = { userId, password: kept.password, ...(accessToken !== undefined && { accessToken }) };
    await state.keep({ users: { ...state.values.users, [localpart]: account } });
  };
  if (kept.accessToken !== undefined && (await findTokenOwner(homeserver.url, kept.accessToken)) === userId) {
    return { ...kept, accessToken: kept.accessToken };
  }
  await keep();
  const accessToken =
    (await findLogin(homeserver.url, kept)) ??
    (await homeserver.createAccount?.(localpart, kept.password).catch(() => undefined))?.accessToken;
  if (accessToken === undefined) return undefined;
  await keep(accessToken);
  return { userId, password: kept.password, accessToken };
}
