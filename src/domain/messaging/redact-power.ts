import type { DbClient } from "../../db/index.ts";
import { isObject } from "../../kernel/json.ts";
import { selectRedactPower } from "./change-target-store.ts";

const defaultRedactLevel = 50;

/**
 * Whether the power levels of a room, as far as they are mirrored, let a user delete what others said: it takes the level
 * of `redact`, and the one for sending redactions at all. Source: client-server API, `m.room.power_levels`.
 */
export async function mayRedactOthers(db: DbClient, roomId: string, matrixId: string): Promise<boolean> {
  const row = await selectRedactPower(db, roomId, matrixId);
  if (row === undefined) return false;
  return row.creator || row.power >= levelToRedactOthers(row.levels ?? {});
}

export function levelToRedactOthers(levels: Readonly<Record<string, unknown>>): number {
  const events = isObject(levels["events"]) ? levels["events"] : {};
  const toSend = levelOf(events["m.room.redaction"]) ?? levelOf(levels["events_default"]) ?? 0;
  return Math.max(levelOf(levels["redact"]) ?? defaultRedactLevel, toSend);
}

/** Old rooms have levels in quotes. */
function levelOf(value: unknown): number | undefined {
  const level = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof level === "number" && Number.isFinite(level) ? level : undefined;
}
