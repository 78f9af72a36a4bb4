import type { Tx } from "../../db/index.ts";
import { closeSends } from "./sends-store.ts";

/** An event in a room that carries the marker of a `matrix.sends` row. */
export interface Echo {
  /** uuid of the `matrix.sends` row that the marker names. */
  readonly sendId: string;
  readonly eventId: string;
  readonly sender: string;
  readonly roomId: string;
}

/**
 * Closes the rows whose events have come back, whether or not the homeserver's answer did. Gives the event ids that are
 * believed to be the rows' own, each with its row: anybody can write a marker, so an echo counts only from the row's own
 * sender and room. Safe to repeat: an echo seen before is believed again.
 */
export async function confirmSends(tx: Tx, echoes: readonly Echo[]): Promise<ReadonlyMap<string, string>> {
  if (echoes.length === 0) return new Map();
  const rows = echoes.map(({ sendId, eventId, sender, roomId }) => ({
    send_id: sendId,
    event_id: eventId,
    sender,
    room_id: roomId,
  }));
  const believed = await closeSends(tx, rows);
  return new Map(believed.map(({ eventId, sendId }) => [eventId, sendId]));
}
