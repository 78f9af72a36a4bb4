import type { StatementPart } from "../../db/index.ts";
import type { MessageRow, MessageRows } from "./messages-store.ts";

/** What is known of events before they are recorded. */
export interface Known {
  /** Those that are messages already: Matrix event ids. */
  readonly messages: readonly string[];
  /** What came before the event that it is about, and waits for it. */
  readonly waiting: readonly {
    /** A Matrix event id. */
    readonly target: string;
    readonly channelId: string;
    /** Null: of any room of the channel, as rows are that are older than the column. */
    readonly roomId: string | null;
    readonly redacts: boolean;
  }[];
}

export const nothingKnown: Known = { messages: [], waiting: [] };

/** To be asked when the events' rooms are locked: nobody else adds to it then. */
export function knownPart(eventIds: readonly string[]): StatementPart<Known> {
  return {
    params: [eventIds],
    ctes: ($) => {
      const isAsked = (column: string) => `${column} = ANY(${$(0)}::text[])`;
      const parked = (table: string, redacts: boolean) => `
        SELECT target_event_id AS target, channel_id AS "channelId", room_id AS "roomId", ${redacts} AS redacts
          FROM ${table} WHERE parked AND ${isAsked("target_event_id")}`;
      const waiting = [
        parked("matrix.redactions", true),
        parked("matrix.edits", false),
        parked("matrix.reactions", false),
      ];
      // A union, so that each target is told once, however many reactions wait for it.
      return `
      known AS (SELECT matrix_event_id FROM messages WHERE ${isAsked("matrix_event_id")}),
      waiting AS (${waiting.join(" UNION ")})`;
    },
    result: () => `
      SELECT json_build_object('messages', COALESCE((SELECT json_agg(matrix_event_id) FROM known), '[]'),
                               'waiting', COALESCE((SELECT json_agg(w) FROM waiting w), '[]'))`,
  };
}

/** Leaves out messages that are there, and empties those whose redaction came first: their text never reaches a table. */
export function withoutKnown(rows: MessageRows, known: Known): MessageRows {
  if (known.messages.length + known.waiting.length === 0) return rows;
  const { messages, rooms, senders } = rows;
  const there = new Set(known.messages);
  const redactions = known.waiting.filter(({ redacts }) => redacts);
  const isRedacted = (row: MessageRow) => {
    const room = rooms[row.room];
    return redactions.some(
      ({ target, channelId, roomId }) =>
        target === row.event_id &&
        channelId === room?.channel_id &&
        (roomId === null || roomId === room.room_id),
    );
  };
  const left = messages
    .filter(({ event_id }) => !there.has(event_id))
    .map((row) => (isRedacted(row) ? emptied(row) : row));
  return { rooms, senders, messages: left };
}

function emptied({ id, suffix, event_id, room, sender, at }: MessageRow): MessageRow {
  return { id, suffix, event_id, room, sender, at, kind: "redacted", preview: "" };
}
