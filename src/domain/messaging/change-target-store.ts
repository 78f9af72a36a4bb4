import type { DbClient } from "../../db/index.ts";
import type { SendState } from "./sends-store.ts";

/** A message that somebody wants to change or react to. */
export interface ChangeTargetRow {
  /** uuid */
  readonly id: string;
  readonly channelId: string;
  readonly eventId: string | null;
  /** uuid of the agent that said it; null for a person. */
  readonly agentId: string | null;
  readonly kind: string;
  /** Whether it is deleted, or about to be. */
  readonly redacted: boolean;
  /** Matrix ids that it mentioned. */
  readonly mentions: readonly string[];
  /** How far its own sending is; null when it was not posted here. */
  readonly sendState: SendState | null;
  /** The room that it is or will be in; null when that was not written down yet in its time. */
  readonly eventRoomId: string | null;
}

const kindOfSend = `CASE s.content ->> 'msgtype' WHEN 'm.notice' THEN 'notice' WHEN 'm.emote' THEN 'emote' ELSE 'text' END`;

/** The message with this uuid, mirrored or only posted so far. */
export async function selectChangeTarget(db: DbClient, id: string): Promise<ChangeTargetRow | undefined> {
  const rows = await db.$queryRawUnsafe<ChangeTargetRow[]>(
    `WITH found AS (
       SELECT m.id, m.channel_id, m.matrix_room_id AS room_id, m.matrix_event_id, m.sender_agent_id AS agent_id, m.kind,
              m.redacted_at IS NOT NULL AS redacted, m.metadata -> 'mentions' AS mentions
         FROM messages m WHERE m.id = $1::uuid
        UNION ALL
       SELECT s.id, s.channel_id, s.room_id, s.event_id, s.agent_id, ${kindOfSend}, false, s.content #> '{m.mentions,user_ids}'
         FROM matrix.sends s
        WHERE s.id = $1::uuid AND s.kind = 'message' AND NOT EXISTS (SELECT 1 FROM messages WHERE id = $1::uuid))
     SELECT f.id::text AS id, f.channel_id::text AS "channelId", f.matrix_event_id AS "eventId",
            f.agent_id::text AS "agentId", f.kind, COALESCE(f.mentions, '[]') AS mentions,
            s.state AS "sendState", COALESCE(f.room_id, s.room_id) AS "eventRoomId",
            f.redacted OR EXISTS (
              SELECT 1 FROM matrix.sends x
               WHERE x.message_id = $1::uuid AND x.kind = 'redaction' AND x.state <> 'failed') AS redacted
       FROM found f LEFT JOIN matrix.sends s ON s.id = f.id`,
    id,
  );
  return rows[0];
}

/** The channel (uuid) of a message, mirrored or only posted so far. */
export async function selectChannelOfMessage(db: DbClient, id: string): Promise<string | undefined> {
  const rows = await db.$queryRawUnsafe<{ channelId: string }[]>(
    `SELECT channel_id::text AS "channelId" FROM messages WHERE id = $1::uuid
      UNION ALL
     SELECT channel_id::text FROM matrix.sends WHERE id = $1::uuid AND kind = 'message'
      LIMIT 1`,
    id,
  );
  return rows[0]?.channelId;
}

/** The redaction of this message that is under way or done, if it was asked for here. */
export async function selectRedactionOf(
  db: DbClient,
  messageId: string,
): Promise<{ id: string; state: SendState } | undefined> {
  const rows = await db.$queryRawUnsafe<{ id: string; state: SendState }[]>(
    `SELECT id::text AS id, state FROM matrix.sends
      WHERE message_id = $1::uuid AND kind = 'redaction' AND state <> 'failed'
      ORDER BY seq LIMIT 1`,
    messageId,
  );
  return rows[0];
}

/** A reaction of an agent that stands, or will when what is queued has been delivered. */
export interface StandingReaction {
  /** The row that made it; null when it was not made here. */
  readonly sendId: string | null;
  readonly state: SendState | null;
  readonly eventId: string | null;
}

export interface ReactionQuery {
  /** uuids */
  readonly messageId: string;
  readonly agentId: string;
  readonly key: string;
  /** The message's event. */
  readonly eventId: string | null;
}

/** SQL: whether somebody here has asked for the removal of the reaction that a row of `matrix.sends` made. */
const isRemoved = `EXISTS (SELECT 1 FROM matrix.sends x
   WHERE x.target_send_id = s.id AND x.kind = 'reaction_removal' AND x.state <> 'failed')`;

/**
 * Undefined when there is none, when it was taken back, and when it is about to be. What has come back from the room is
 * in the mirror, everything else still in the queue.
 */
export async function selectStandingReaction(
  db: DbClient,
  { messageId, agentId, key, eventId }: ReactionQuery,
): Promise<StandingReaction | undefined> {
  const queued = await db.$queryRawUnsafe<(StandingReaction & { readonly gone: boolean })[]>(
    `SELECT s.id::text AS "sendId", s.state, s.event_id AS "eventId", ${isRemoved} AS gone
       FROM matrix.sends s
      WHERE s.message_id = $1::uuid AND s.kind = 'reaction' AND s.agent_id = $2::uuid
        AND s.state IN ('queued', 'sending', 'sent') AND s.content #>> '{m.relates_to,key}' = $3
      ORDER BY s.seq DESC LIMIT 1`,
    messageId,
    agentId,
    key,
  );
  if (queued[0] !== undefined) return queued[0].gone ? undefined : queued[0];
  const mirrored = await db.$queryRawUnsafe<StandingReaction[]>(
    `SELECT s.id::text AS "sendId", s.state, r.event_id AS "eventId"
       FROM matrix.reactions r
       LEFT JOIN matrix.sends s ON s.event_id = r.event_id
      WHERE r.target_event_id = $1 AND r.sender_id = $2::uuid AND r.key = $3 AND NOT r.redacted AND NOT ${isRemoved}
        AND NOT EXISTS (SELECT 1 FROM matrix.sends x
                         WHERE x.message_id = $4::uuid AND x.kind = 'reaction_removal' AND x.state <> 'failed'
                           AND x.target_event_id = r.event_id)
      LIMIT 1`,
    eventId,
    agentId,
    key,
    messageId,
  );
  return mirrored[0];
}

export interface RedactPowerRow {
  readonly creator: boolean;
  readonly power: number;
  /** The content of `m.room.power_levels`, if there is one. */
  readonly levels: Readonly<Record<string, unknown>> | null;
}

/** What the power levels of a room say about one user and about redactions; undefined when the room is unknown. */
export async function selectRedactPower(
  db: DbClient,
  roomId: string,
  matrixId: string,
): Promise<RedactPowerRow | undefined> {
  const rows = await db.$queryRawUnsafe<RedactPowerRow[]>(
    `SELECT $2 = ANY (r.creators) AS creator, coalesce((r.power_users ->> $2)::float8, r.power_default) AS power,
            (SELECT e.content FROM matrix.state_events e
              WHERE e.room_id = r.room_id AND e.type = 'm.room.power_levels' AND e.state_key = '' AND NOT e.overruled
              ORDER BY e.origin_server_ts DESC, e.event_id COLLATE "C" DESC LIMIT 1) AS levels
       FROM matrix.rooms r WHERE r.room_id = $1`,
    roomId,
    matrixId,
  );
  return rows[0];
}
