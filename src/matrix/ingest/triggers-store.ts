import type { Tx } from "../../db/index.ts";
import type { Membership, MessageFact } from "../../domain/messaging/index.ts";

export interface AddressedAgent {
  readonly eventId: string;
  readonly agentId: string;
  readonly channelId: string;
  /** Else it is replied to. */
  readonly mentioned: boolean;
}

/**
 * Agents that these messages mention or reply to: active ones that are in the channel. The bridge's own bot is none.
 * Nobody is asked in encrypted rooms and confidential teams: agents do not get what is said there.
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
  const named = [...new Set(messages.flatMap(({ said }) => said?.mentions ?? []))];
  const answered = messages.flatMap(({ replyTo }) => replyTo ?? []);
  return tx.db.$queryRawUnsafe<AddressedAgent[]>(
    `WITH fact AS MATERIALIZED (
       SELECT f.* FROM jsonb_to_recordset($1::jsonb) AS f(event_id text, room_id text, reply_to text, mentions text[])
     ), agent AS MATERIALIZED (
       SELECT a.id, a.matrix_id FROM agents a
        WHERE a.matrix_id = ANY($2::text[]) AND a.status = 'active' AND a.kind <> 'system'
        UNION
       SELECT a.id, a.matrix_id FROM agents a
        WHERE a.id = ANY(ARRAY(SELECT m.sender_agent_id FROM messages m
                                WHERE m.matrix_event_id = ANY($3::text[]) AND m.sender_agent_id IS NOT NULL))
          AND a.status = 'active' AND a.kind <> 'system'
     )
     SELECT DISTINCT f.event_id AS "eventId", a.id::text AS "agentId", r.channel_id::text AS "channelId",
            a.matrix_id = ANY(f.mentions) AS mentioned
       FROM agent a
       JOIN fact f ON a.matrix_id = ANY(f.mentions) OR f.reply_to IS NOT NULL
       JOIN LATERAL (SELECT r.channel_id FROM matrix.rooms r WHERE r.room_id = f.room_id AND NOT r.encrypted LIMIT 1) r ON true
       JOIN LATERAL (SELECT c.team_id FROM channels c WHERE c.id = r.channel_id LIMIT 1) c ON true
      WHERE (a.matrix_id = ANY(f.mentions)
             OR EXISTS (SELECT FROM messages m WHERE m.matrix_event_id = f.reply_to AND m.channel_id = r.channel_id
                                                 AND m.sender_agent_id = a.id))
        AND EXISTS (SELECT FROM messages m WHERE m.matrix_event_id = f.event_id AND m.redacted_at IS NULL)
        AND EXISTS (SELECT FROM channel_members m WHERE m.channel_id = r.channel_id AND m.member_agent_id = a.id
                                                    AND m.membership = 'join')
        AND NOT EXISTS (SELECT FROM teams t WHERE t.id = c.team_id AND t.mode = 'confidential')`,
    JSON.stringify(rows),
    named,
    answered,
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
