import type { DbClient, Tx } from "../../db/index.ts";
import type { Membership } from "../../domain/messaging/index.ts";

/** The latest membership that is known of somebody in a room. */
export async function findMembership(
  db: DbClient,
  roomId: string,
  userId: string,
): Promise<Membership | undefined> {
  const rows = await db.$queryRawUnsafe<{ membership: Membership }[]>(
    `SELECT membership FROM matrix.member_events WHERE room_id = $1 AND user_id = $2 AND NOT overruled
      ORDER BY origin_server_ts DESC, event_id COLLATE "C" DESC LIMIT 1`,
    roomId,
    userId,
  );
  return rows[0]?.membership;
}

/** Which of these reactions agents react to in these channels, as `<channel> <key>`. */
export async function selectReactionKeys(
  tx: Tx,
  reactions: readonly { readonly channelId: string; readonly key: string }[],
): Promise<Set<string>> {
  const rows = await tx.db.$queryRawUnsafe<{ found: string }[]>(
    `SELECT DISTINCT r.channel_id || ' ' || r.key AS found
       FROM unnest($1::uuid[], $2::text[]) AS r(channel_id, key)
      WHERE EXISTS (SELECT FROM agent_channel_settings s
                     WHERE s.channel_id = r.channel_id AND r.key = ANY(s.reaction_keys))`,
    reactions.map(({ channelId }) => channelId),
    reactions.map(({ key }) => key),
  );
  return new Set(rows.map(({ found }) => found));
}
