import type { Tx } from "../../db/index.ts";
import { closeSends } from "./sends-store.ts";

/** An event of an agent in a room: perhaps one that the bridge sent. */
export interface Echo {
  /** uuid of the `matrix.sends` row that the event's marker names; null when it has none, as after a redaction. */
  readonly sendId: string | null;
  readonly eventId: string;
  readonly sender: string;
  readonly roomId: string;
}

/**
 * Closes the rows whose events have come back, whether or not the homeserver's answer did. Gives the echoes that are
 * believed: anybody can write a marker, so one counts only from the row's own sender and room. Safe to repeat: an echo
 * that was believed before is believed again.
 */
export async function confirmSends(
  tx: Tx,
  echoes: readonly Echo[],
): Promise<readonly { readonly sendId: string; readonly eventId: string }[]> {
  if (echoes.length === 0) return [];
  return closeSends(
    tx,
    echoes.map(({ sendId, eventId, sender, roomId }) => ({
      send_id: sendId,
      event_id: eventId,
      sender,
      room_id: roomId,
    })),
  );
}
