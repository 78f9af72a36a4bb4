import type { DbClient, Tx } from "../../db/index.ts";
import { bridgeAgent, type FreezeTarget } from "../governance/index.ts";

const channelsOf = (target: FreezeTarget) =>
  "channelId" in target
    ? { sql: "SELECT $1::uuid", id: target.channelId }
    : { sql: "SELECT id FROM channels WHERE microdao_id = $1::uuid", id: target.microdaoId };

/** What agents have queued for these rooms and nobody has begun to send is not sent any more. Gives how much that was. */
export async function failQueuedSends(
  tx: Tx,
  target: FreezeTarget,
  { code, reason }: { readonly code: string; readonly reason: string },
): Promise<number> {
  const { sql, id } = channelsOf(target);
  return tx.db.$executeRawUnsafe(
    `UPDATE matrix.sends s
        SET state = 'failed', leased_until = NULL, content = NULL, last_error_code = $2, last_error = $3
      WHERE s.state = 'queued'
        AND s.id = ANY(ARRAY(
          SELECT p.id
            FROM (${sql}) AS c (id)
            JOIN matrix.rooms r ON r.channel_id = c.id
            JOIN matrix.sends p ON p.room_id = r.room_id AND p.state IN ('queued', 'sending')
            JOIN agents a ON a.id = p.agent_id
           WHERE p.state = 'queued' AND a.external_id <> '${bridgeAgent}'))`,
    id,
    code,
    reason,
  );
}

/** The channels in which it is to be said that agents are silent: those whose room the bot can speak in, and that have agents. */
export async function selectChannelsWithAgents(db: DbClient, target: FreezeTarget): Promise<string[]> {
  const { sql, id } = channelsOf(target);
  const rows = await db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT c.id::text AS id
       FROM channels c
       JOIN matrix.rooms r ON r.room_id = c.matrix_room_id
      WHERE c.id IN (${sql}) AND c.status = 'active' AND r.status = 'joined' AND NOT c.encrypted AND NOT r.encrypted
        AND (${"channelId" in target} OR EXISTS (
          SELECT FROM channel_members m JOIN agents a ON a.id = m.member_agent_id
           WHERE m.channel_id = c.id AND m.membership = 'join' AND a.external_id <> '${bridgeAgent}'))
      ORDER BY c.created_at, c.id`,
    id,
  );
  return rows.map((row) => row.id);
}
