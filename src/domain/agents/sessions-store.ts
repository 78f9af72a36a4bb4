import type { Tx } from "../../db/index.ts";
import { newUuid } from "../../kernel/ids.ts";

/**
 * A session of an agent in a channel (`agent_sessions.status`):
 *
 *   active → idle → closed       by time without a run
 *     ↑        │
 *     └────────┘                 by a run
 *
 * There is one that is not closed for an agent and a channel.
 */
export interface Lane {
  /** uuid */
  readonly agentId: string;
  /** uuid */
  readonly channelId: string;
}

/** A session that nothing has happened in for so long is over. */
export const sessionPauseMs = 30 * 60_000;

/** The uuids of the sessions that the agents have in the channels, in their order; begun where there is none. */
export async function ensureSessions(tx: Tx, lanes: readonly Lane[]): Promise<string[]> {
  const agents = lanes.map(({ agentId }) => agentId);
  const channels = lanes.map(({ channelId }) => channelId);
  await tx.db.$executeRawUnsafe(
    `UPDATE agent_sessions s SET status = 'closed'
       FROM unnest($1::uuid[], $2::uuid[]) AS l(agent_id, channel_id)
      WHERE s.agent_id = l.agent_id AND s.channel_id = l.channel_id AND s.status <> 'closed'
        AND COALESCE(s.last_activity_at, s.started_at) < $3`,
    agents,
    channels,
    new Date(tx.now.getTime() - sessionPauseMs),
  );
  const rows = await tx.db.$queryRawUnsafe<(Lane & { id: string })[]>(
    `INSERT INTO agent_sessions AS s (id, agent_id, channel_id, started_at, last_activity_at, status)
     SELECT DISTINCT ON (l.agent_id, l.channel_id) l.id, l.agent_id, l.channel_id, $4::timestamptz, $4::timestamptz, 'active'
       FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS l(agent_id, channel_id, id)
     ON CONFLICT (agent_id, channel_id) WHERE status <> 'closed'
     DO UPDATE SET status = 'active', last_activity_at = GREATEST(s.last_activity_at, excluded.last_activity_at)
     RETURNING s.id::text AS id, s.agent_id::text AS "agentId", s.channel_id::text AS "channelId"`,
    agents,
    channels,
    lanes.map(() => newUuid(tx.now)),
    tx.now,
  );
  const ids = new Map(rows.map(({ agentId, channelId, id }) => [`${agentId} ${channelId}`, id]));
  return lanes.flatMap(({ agentId, channelId }) => ids.get(`${agentId} ${channelId}`) ?? []);
}

export async function touchSession(tx: Tx, sessionId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE agent_sessions SET last_activity_at = $2, status = 'active' WHERE id = $1::uuid AND status <> 'closed'`,
    sessionId,
    tx.now,
  );
}

/** Sessions in which nothing happens become idle, then closed. Gives how many changed. */
export async function updateQuietSessions(tx: Tx, idleMs: number): Promise<number> {
  return tx.db.$executeRawUnsafe(
    `UPDATE agent_sessions s
        SET status = CASE WHEN COALESCE(s.last_activity_at, s.started_at) < $2::timestamptz THEN 'closed' ELSE 'idle' END
      WHERE s.id IN (
              SELECT q.id FROM agent_sessions q
               WHERE q.status = ANY (ARRAY['active'::text, 'idle'::text])
                 AND COALESCE(q.last_activity_at, q.started_at) < CASE q.status WHEN 'idle' THEN $2::timestamptz ELSE $1::timestamptz END
               LIMIT 1000 FOR UPDATE SKIP LOCKED)
        AND NOT EXISTS (SELECT FROM agent_runs r WHERE r.agent_id = s.agent_id AND r.channel_id = s.channel_id
                                                   AND r.status IN ('queued', 'started'))`,
    new Date(tx.now.getTime() - idleMs),
    new Date(tx.now.getTime() - sessionPauseMs),
  );
}
