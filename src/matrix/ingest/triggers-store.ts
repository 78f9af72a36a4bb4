import type { Tx } from "../../db/index.ts";
import type { Membership, MessageFact } from "../../domain/messaging/index.ts";

export interface AddressedAgent {
  readonly eventId: string;
  readonly agentId: string;
  readonly channelId: string;
}

/**
 * Agents that these messages mention or reply to: active ones that are in the channel. The bridge's own bot is none.
 * Nobody is asked where text may not be kept, in encrypted rooms and confidential teams: the question would be kept with
 * the job.
 */
export async function selectAddressedAgents(
  tx: Tx,
  messages: readonly MessageFact[],
): Promise<AddressedAgent[]> {
  const rows = messages.map(({ eventId, roomId, replyTo, said }) => ({
    event_id: eventId,
    room_id: roomId,
    reply_to: replyTo,
    mentions: said?.mentions ?? [],
  }));
  return tx.db.$queryRawUnsafe<AddressedAgent[]>(
    `SELECT DISTINCT f.event_id AS "eventId", a.id::text AS "agentId", r.channel_id::text AS "channelId"
       FROM jsonb_to_recordset($1::jsonb) AS f(event_id text, room_id text, reply_to text, mentions text[])
       JOIN messages asked ON asked.matrix_event_id = f.event_id AND asked.redacted_at IS NULL
       JOIN matrix.rooms r ON r.room_id = f.room_id
       JOIN channels ch ON ch.id = r.channel_id
       LEFT JOIN teams t ON t.id = ch.team_id
       LEFT JOIN messages m ON m.matrix_event_id = f.reply_to AND m.channel_id = r.channel_id
       JOIN agents a ON a.matrix_id = ANY(f.mentions) OR a.id = m.sender_agent_id
       JOIN channel_members c ON c.channel_id = r.channel_id AND c.member_agent_id = a.id AND c.membership = 'join'
      WHERE a.status = 'active' AND a.kind <> 'system' AND NOT r.encrypted
        AND t.mode IS DISTINCT FROM 'confidential'`,
    JSON.stringify(rows),
  );
}

/** The latest membership that is known of somebody in a room. */
export async function selectMembership(
  tx: Tx,
  roomId: string,
  userId: string,
): Promise<Membership | undefined> {
  const rows = await tx.db.$queryRawUnsafe<{ membership: Membership }[]>(
    `SELECT membership FROM matrix.member_events WHERE room_id = $1 AND user_id = $2
      ORDER BY origin_server_ts DESC, event_id COLLATE "C" DESC LIMIT 1`,
    roomId,
    userId,
  );
  return rows[0]?.membership;
}
