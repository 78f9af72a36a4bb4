import type { Tx } from "../../db/index.ts";
import { newUuid } from "../../kernel/ids.ts";

/** A session that nothing has happened in for so long is over. */
const sessionPauseMs = 30 * 60_000;

/**
 * The session that the agent has in the channel, begun if it has none; gives its uuid. Older ones are closed. The
 * caller holds the agent's row, so there is one active session per agent and channel.
 */
export async function ensureSession(tx: Tx, agentId: string, channelId: string): Promise<string> {
  const oldest = new Date(tx.now.getTime() - sessionPauseMs);
  await tx.db.$executeRawUnsafe(
    `UPDATE agent_sessions SET status = 'closed'
      WHERE agent_id = $1::uuid AND channel_id = $2::uuid AND status <> 'closed'
        AND COALESCE(last_activity_at, started_at) < $3`,
    agentId,
    channelId,
    oldest,
  );
  const rows = await tx.db.$queryRawUnsafe<{ id: string }[]>(
    `UPDATE agent_sessions SET status = 'active', last_activity_at = $3
      WHERE agent_id = $1::uuid AND channel_id = $2::uuid AND status <> 'closed'
      RETURNING id::text AS id`,
    agentId,
    channelId,
    tx.now,
  );
  if (rows[0] !== undefined) return rows[0].id;
  const id = newUuid(tx.now);
  await tx.db.$executeRawUnsafe(
    `INSERT INTO agent_sessions (id, agent_id, channel_id, started_at, last_activity_at, status)
     VALUES ($1::uuid, $2::uuid, $3::uuid, $4, $4, 'active')`,
    id,
    agentId,
    channelId,
    tx.now,
  );
  return id;
}

export async function touchSession(tx: Tx, sessionId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE agent_sessions SET last_activity_at = $2 WHERE id = $1::uuid AND status <> 'closed'`,
    sessionId,
    tx.now,
  );
}
