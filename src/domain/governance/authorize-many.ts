import type { DbClient } from "../../db/index.ts";
import { decideOn, queryOf } from "./authorize.ts";
import { selectRightsOfChannels, selectRightsOfMicrodaos } from "./channel-rights-store.ts";
import type { Principal } from "./principal.ts";

/** A channel in which a key may use a capability. */
export interface OpenChannel {
  /** It is a confidential team's: nothing that was said in it may be told in clear. */
  readonly confidential: boolean;
}

/** Those of these channels (uuids) in which the key may use the capability. One statement, however many there are. */
export async function authorizeChannels(
  db: DbClient,
  principal: Principal,
  capability: string,
  channelIds: readonly string[],
): Promise<ReadonlyMap<string, OpenChannel>> {
  if (channelIds.length === 0) return new Map();
  const rows = await selectRightsOfChannels(db, queryOf(principal, capability), channelIds);
  const allowed = rows.filter((row) => decideOn(principal, capability, row).allowed);
  return new Map(
    allowed.map(({ channelId, teamMode }) => [channelId, { confidential: teamMode === "confidential" }]),
  );
}

/**
 * Those of these microDAOs (uuids) in which the key may use the capability for what belongs to no channel, such as the
 * audit log. A key that is bound to a team sees nothing of the microDAO around it. One statement.
 */
export async function authorizeMicrodaos(
  db: DbClient,
  principal: Principal,
  capability: string,
  microdaoIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (microdaoIds.length === 0) return new Set();
  const rows = await selectRightsOfMicrodaos(db, queryOf(principal, capability), microdaoIds);
  const whole = {
    teamId: null,
    teamMode: null,
    inTeam: false,
    visibility: "microdao",
    membership: null,
  } as const;
  const allowed = rows.filter((row) => decideOn(principal, capability, { ...row, ...whole }).allowed);
  return new Set(allowed.map(({ microdaoId }) => microdaoId));
}
