import type { DbClient } from "../../db/index.ts";
import { type ChannelLink, findChannelLink } from "./rooms-store.ts";

/** A channel as its members want to know it. */
export interface ChannelStatus extends ChannelLink {
  /** At most `countLimit`: nobody waits for millions to be counted. */
  readonly messages: number;
  readonly members: number;
  /** Agents that are in the channel, the bridge's own user left out. */
  readonly agents: readonly { readonly name: string; readonly matrixId: string | null }[];
}

export const countLimit = 100_000;

export async function readChannelStatus(db: DbClient, channelId: string): Promise<ChannelStatus | undefined> {
  const link = await findChannelLink(db, channelId);
  if (link === undefined) return undefined;
  const [counts] = await db.$queryRawUnsafe<[{ messages: number; members: number }]>(
    `SELECT (SELECT count(*) FROM (SELECT 1 FROM messages WHERE channel_id = $1::uuid LIMIT $2::int) m)::int AS messages,
            (SELECT count(*) FROM channel_members WHERE channel_id = $1::uuid AND membership = 'join')::int AS members`,
    channelId,
    countLimit,
  );
  const agents = await db.$queryRawUnsafe<{ name: string; matrixId: string | null }[]>(
    `SELECT a.name, a.matrix_id AS "matrixId" FROM channel_members cm JOIN agents a ON a.id = cm.member_agent_id
      WHERE cm.channel_id = $1::uuid AND cm.membership = 'join' AND a.kind <> 'system'
      ORDER BY a.name, a.id LIMIT 20`,
    channelId,
  );
  return { ...link, ...counts, agents };
}

/** How many messages of one idempotency scope were written for a channel since a moment. */
export async function countRecentSends(
  db: DbClient,
  asked: { channelId: string; scope: string; since: Date },
): Promise<number> {
  const [row] = await db.$queryRawUnsafe<{ count: number }[]>(
    `SELECT count(*)::int AS count FROM matrix.sends
      WHERE channel_id = $1::uuid AND idempotency_scope = $2 AND created_at > $3`,
    asked.channelId,
    asked.scope,
    asked.since,
  );
  return row?.count ?? 0;
}
