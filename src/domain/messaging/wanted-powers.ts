import type { Tx } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { audit } from "../governance/index.ts";
import { givePowersJob } from "./jobs.ts";
import {
  type ClaimedPowers,
  deleteWantedPowers,
  type LackingPower,
  releaseWantedPowers,
  selectStalledPowers,
  updateLacking,
  upsertWantedPowers,
  type WantedPower,
} from "./wanted-powers-store.ts";

/**
 * Power levels are one event of a room that says everybody's, so whoever changes one writes all of them anew. What is wanted
 * is therefore a row for each person, of which the last one counts, and one process at a time brings a room to it. Gives
 * the rooms of these that the bridge is in. `regularly`: without a job, for commands that have no queue; it takes a minute or two.
 */
export async function wantPower(
  tx: Tx,
  wish: WantedPower & { readonly roomIds: readonly string[]; readonly regularly?: boolean | undefined },
): Promise<string[]> {
  const roomIds = await upsertWantedPowers(tx, wish);
  if (wish.regularly !== true) for (const roomId of roomIds) tx.enqueue(givePowersJob, { roomId });
  return roomIds;
}

/** What became of what was wanted in a room. */
export interface PowersOutcome {
  readonly claimed: ClaimedPowers;
  /** What the room says now. */
  readonly given: readonly WantedPower[];
  readonly lacking: readonly LackingPower[];
}

/**
 * Writes down what came of it, and lets go of the room. What is lacking in a space stays wanted until its power levels
 * change; of channels the mirror knows who has which power, so whoever asks again is told. The audit log has either.
 */
export async function settlePowers(
  tx: Tx,
  roomId: string,
  { claimed, given, lacking }: PowersOutcome,
): Promise<void> {
  const { isSpace, microdaoId } = claimed;
  await deleteWantedPowers(tx, roomId, isSpace ? given : [...given, ...lacking]);
  const news = isSpace ? await updateLacking(tx, roomId, lacking) : lacking;
  for (const { userId, level, lacking: reason } of news) {
    await audit(tx, {
      action: isSpace ? "microdao.power_lacking" : "channel.change_failed",
      resourceKind: isSpace && microdaoId !== null ? "microdao" : "room",
      resourceId: isSpace && microdaoId !== null ? encodeId("md", microdaoId) : roomId,
      microdaoId,
      data: { room_id: roomId, power: { userId, level }, reason },
    });
  }
  // What was asked for meanwhile is done next.
  if (await releaseWantedPowers(tx, roomId)) tx.enqueue(givePowersJob, { roomId });
}

/** Asks again for what was wanted before `before` and whose job was lost. Gives in how many rooms. */
export async function resumeWantedPowers(tx: Tx, before: Date): Promise<number> {
  const roomIds = await selectStalledPowers(tx, before);
  for (const roomId of roomIds) tx.enqueue(givePowersJob, { roomId });
  return roomIds.length;
}
