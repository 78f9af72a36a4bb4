import type { DbClient } from "../../db/index.ts";
import { bridgeAgent, type Frozen, frozenOf } from "../governance/index.ts";

export interface PostPlace {
  readonly roomId: string;
  readonly channelStatus: string;
  readonly roomStatus: string | null;
  readonly encrypted: boolean;
  readonly agentStatus: string | null;
  readonly agentMatrixId: string | null;
  /** Agents may say nothing here for now. Never for the bridge's own agent. */
  readonly frozen: Frozen;
}

/** The channel and the agent, as far as posting depends on them; undefined when there is no such channel. */
export async function selectPostPlace(
  db: DbClient,
  channelId: string,
  agentId: string,
): Promise<PostPlace | undefined> {
  const rows = await db.$queryRawUnsafe<PostPlace[]>(
    // In a room that replaced another the bot is before it is the channel's; only its state is still being read.
    `SELECT c.matrix_room_id AS "roomId", c.status AS "channelStatus",
            CASE WHEN r.status = 'joining' AND r.predecessor_room_id IS NOT NULL THEN 'joined' ELSE r.status END AS "roomStatus",
            c.encrypted OR COALESCE(r.encrypted, false) OR EXISTS (
              SELECT 1 FROM matrix.state_events e
               WHERE e.room_id = c.matrix_room_id AND e.type = 'm.room.encryption' AND e.state_key = '') AS encrypted,
            a.status AS "agentStatus", a.matrix_id AS "agentMatrixId",
            CASE WHEN a.external_id <> '${bridgeAgent}' THEN ${frozenOf("c.id", "c.microdao_id")} END AS frozen
       FROM channels c
       LEFT JOIN matrix.rooms r ON r.room_id = c.matrix_room_id
       LEFT JOIN agents a ON a.id = $2::uuid
      WHERE c.id = $1::uuid`,
    channelId,
    agentId,
  );
  return rows[0];
}

export interface TargetRow {
  /** What it was named by: its uuid or its event id. */
  readonly ref: string;
  readonly eventId: string | null;
  readonly sender: string | null;
  readonly threadRoot: string | null;
}

/**
 * Messages of the channel by their uuids or event ids. One of ours that has not come back from the room yet is there
 * without an event id.
 */
export async function selectTargets(
  db: DbClient,
  channelId: string,
  refs: readonly ({ readonly id: string } | { readonly eventId: string })[],
): Promise<TargetRow[]> {
  const columns = `m.matrix_event_id AS "eventId", COALESCE(a.matrix_id, u.matrix_id) AS sender,
            m.thread_root_event_id AS "threadRoot"`;
  const senders = `LEFT JOIN users u ON u.id = m.sender_user_id LEFT JOIN agents a ON a.id = m.sender_agent_id`;
  return db.$queryRawUnsafe<TargetRow[]>(
    `SELECT m.id::text AS ref, ${columns} FROM messages m ${senders}
      WHERE m.channel_id = $1::uuid AND m.id = ANY($2::uuid[])
      UNION ALL
     SELECT m.matrix_event_id AS ref, ${columns} FROM messages m ${senders}
      WHERE m.channel_id = $1::uuid AND m.matrix_event_id = ANY($3::text[])
      UNION ALL
     SELECT s.id::text AS ref, NULL, NULL, NULL FROM matrix.sends s
      WHERE s.id = ANY($2::uuid[]) AND s.channel_id = $1::uuid AND s.kind = 'message'
        AND NOT EXISTS (SELECT FROM messages m WHERE m.id = s.id AND m.channel_id = $1::uuid)`,
    channelId,
    refs.flatMap((ref) => ("id" in ref ? ref.id : [])),
    refs.flatMap((ref) => ("eventId" in ref ? ref.eventId : [])),
  );
}

/** The event id of the newest message in each of these threads in which anybody has answered. */
export async function selectLatestInThreads(
  db: DbClient,
  channelId: string,
  roots: readonly string[],
): Promise<{ root: string; latest: string }[]> {
  return db.$queryRawUnsafe<{ root: string; latest: string }[]>(
    `SELECT w.root, l.latest
       FROM unnest($2::text[]) AS w(root)
      CROSS JOIN LATERAL (
        SELECT matrix_event_id AS latest FROM messages
         WHERE thread_root_event_id = w.root AND channel_id = $1::uuid AND redacted_at IS NULL
         ORDER BY created_at DESC, id DESC LIMIT 1) l`,
    channelId,
    roots,
  );
}
