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
  readonly eventId: string | null;
  readonly sender: string | null;
  readonly threadRoot: string | null;
}

/**
 * A message of the channel by its uuid or its event id. One of ours that has not come back from the room yet is there
 * without an event id.
 */
export async function selectTarget(
  db: DbClient,
  channelId: string,
  target: { readonly id: string } | { readonly eventId: string },
): Promise<TargetRow | undefined> {
  const rows = await db.$queryRawUnsafe<TargetRow[]>(
    `SELECT m.matrix_event_id AS "eventId", COALESCE(a.matrix_id, u.matrix_id) AS sender,
            m.thread_root_event_id AS "threadRoot"
       FROM messages m
       LEFT JOIN users u ON u.id = m.sender_user_id
       LEFT JOIN agents a ON a.id = m.sender_agent_id
      WHERE m.channel_id = $1::uuid AND ${"id" in target ? "m.id = $2::uuid" : "m.matrix_event_id = $2"}`,
    channelId,
    "id" in target ? target.id : target.eventId,
  );
  if (rows[0] !== undefined || !("id" in target)) return rows[0];
  const ours = await db.$queryRawUnsafe<TargetRow[]>(
    `SELECT NULL AS "eventId", NULL AS sender, NULL AS "threadRoot" FROM matrix.sends
      WHERE id = $2::uuid AND channel_id = $1::uuid AND kind = 'message'`,
    channelId,
    target.id,
  );
  return ours[0];
}

/** The event id of the newest message in a thread, if anybody has answered in it. */
export async function selectLatestInThread(
  db: DbClient,
  channelId: string,
  root: string,
): Promise<string | undefined> {
  const rows = await db.$queryRawUnsafe<{ eventId: string }[]>(
    `SELECT matrix_event_id AS "eventId" FROM messages
      WHERE thread_root_event_id = $2 AND channel_id = $1::uuid AND redacted_at IS NULL
      ORDER BY created_at DESC, id DESC LIMIT 1`,
    channelId,
    root,
  );
  return rows[0]?.eventId;
}
