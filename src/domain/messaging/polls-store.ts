import type { StatementPart } from "../../db/index.ts";
import { isThere, redactionWaits } from "./relations-store.ts";

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
               CASE WHEN ${isThere(
                 "matrix.redactions x WHERE x.target_event_id = f.poll AND x.channel_id = f.channel_id",
               )} THEN '{}' ELSE f.answers END
          FROM json_to_recordset(${$(0)}::json)
            AS f(event_id text, channel_id uuid, room_id text, poll text, type text, sender_id uuid, sender text,
                 ts bigint, answers text[])
        ON CONFLICT DO NOTHING RETURNING event_id
      )`,
    result: () => `
      SELECT json_build_object(
        'inserted', COALESCE(json_agg(event_id), '[]'),
        'awaited', COALESCE(json_agg(event_id) FILTER (WHERE ${redactionWaits("n.event_id")}), '[]'))
        FROM new_poll n`,
  };
}
