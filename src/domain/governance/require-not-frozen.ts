import type { DbClient } from "../../db/index.ts";
import type { AppError } from "../../kernel/errors.ts";
import { type DenialCode, reasonOf } from "./decide.ts";
import { channelMissing, denied } from "./errors.ts";
import { type Frozen, selectSpeaking } from "./freezes-store.ts";

/** The bridge's own agent: it tells people that agents are silent, so it is not. */
export const bridgeAgent = "agent:bridge";

/**
 * For those who act as an agent without a key: throws `subject_inactive`, `channel_frozen` or `microdao_frozen` when the
 * agent may do nothing in the channel now, and `channel_not_found`. Ids are uuids. One statement.
 */
export async function requireNotFrozen(
  db: DbClient,
  { channelId, agentId }: { readonly channelId: string; readonly agentId: string },
): Promise<void> {
  const row = await selectSpeaking(db, channelId, agentId);
  if (row === undefined) throw channelMissing({});
  if (row.agentStatus !== "active") throw deniedFor("subject_inactive");
  if (row.frozen === null || row.agentExternalId === bridgeAgent) return;
  throw silenced(row.frozen);
}

/** `channel_frozen` or `microdao_frozen`. */
export function silenced(frozen: NonNullable<Frozen>): AppError {
  return frozen === "channel" ? deniedFor("channel_frozen") : deniedFor("microdao_frozen");
}

function deniedFor(code: DenialCode): AppError {
  return denied(code, reasonOf(code));
}
