import type { StatementPart, Tx } from "../../db/index.ts";
import { inOneRoom, isThere, redacted, redactionWaits } from "./relations-store.ts";

export interface PollRow {
  readonly event_id: string;
  readonly channel_id: string;
  readonly room_id: string;
  readonly poll: string;
  readonly type: "response" | "end";
  readonly sender_id: string;
  readonly sender: string;
  readonly ts: number;
  readonly answers: readonly string[];
}

export interface InsertedPolls {
  readonly inserted: readonly string[];
  readonly awaited: readonly string[];
  /** Polls that were there before, and that somebody has voted in or ended now. */
  readonly voted: readonly VotedPoll[];
}

/** A poll's message: its event, and its uuid. */
export interface VotedPoll {
  readonly eventId: string;
  readonly id: string;
  readonly channelId: string;
  /** The vote or end that tells of this change; of several the first by id. */
  readonly voteEventId: string;
}

/** Inserts responses and ends; what is there already stays as it is. Those of a poll that was redacted say nothing. */
export function pollsPart(rows: readonly PollRow[]): StatementPart<InsertedPolls> {
  return {
    params: [JSON.stringify(rows)],
    ctes: ($) => `
      new_poll AS (
        INSERT INTO matrix.poll_events (event_id, channel_id, room_id, poll_event_id, type, sender_id, sender,
                                        origin_server_ts, answers)
        SELECT f.event_id, f.channel_id, f.room_id, f.poll, f.type, f.sender_id, f.sender, f.ts,
               CASE WHEN ${redacted("f.poll")} THEN '{}' ELSE f.answers END
          FROM json_to_recordset(${$(0)}::json)
            AS f(event_id text, channel_id uuid, room_id text, poll text, type text, sender_id uuid, sender text,
                 ts bigint, answers text[])
        ON CONFLICT DO NOTHING RETURNING event_id, poll_event_id, channel_id, room_id
      ), polled AS MATERIALIZED (
        SELECT n.poll_event_id, n.channel_id, n.vote_event_id,
               (SELECT CASE WHEN m.channel_id = n.channel_id AND ${inOneRoom("m.matrix_room_id", "n.room_id")} THEN m.id END
                  FROM messages m WHERE m.matrix_event_id = n.poll_event_id LIMIT 1) AS message_id
          FROM (SELECT poll_event_id, channel_id, room_id, min(event_id COLLATE "C") AS vote_event_id
                  FROM new_poll GROUP BY 1, 2, 3) n
      ), unseen_poll AS (
        INSERT INTO matrix.unseen_polls (poll_event_id, channel_id)
        SELECT poll_event_id, channel_id FROM polled WHERE message_id IS NULL
        ON CONFLICT DO NOTHING
      )`,
    result: () => `
      SELECT json_build_object(
        'inserted', COALESCE(json_agg(event_id), '[]'),
        'awaited', COALESCE(json_agg(event_id) FILTER (WHERE ${redactionWaits("n.event_id")}), '[]'),
        'voted', (SELECT COALESCE(json_agg(json_build_object('eventId', poll_event_id, 'id', message_id, 'channelId', channel_id,
                                                                        'voteEventId', vote_event_id)
                                           ORDER BY poll_event_id COLLATE "C"), '[]')
                    FROM polled WHERE message_id IS NOT NULL))
        FROM new_poll n`,
  };
}

/** Forgets polls that have come since. */
export async function deleteSeenPolls(tx: Tx, limit: number): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `DELETE FROM matrix.unseen_polls u
      WHERE (u.poll_event_id, u.channel_id) IN (
        SELECT x.poll_event_id, x.channel_id FROM matrix.unseen_polls x
         WHERE ${isThere("messages m WHERE m.matrix_event_id = x.poll_event_id AND m.channel_id = x.channel_id")}
         ORDER BY x.poll_event_id LIMIT $1::int)`,
    limit,
  );
}
