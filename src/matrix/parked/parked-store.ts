import type { Tx } from "../../db/index.ts";

/** Most targets that one round takes up, asks for, or gives up. */
export interface Round {
  readonly limit: number;
}

const waiting = `
  SELECT target_event_id, channel_id FROM matrix.edits WHERE parked
   UNION SELECT target_event_id, channel_id FROM matrix.reactions WHERE parked
   UNION SELECT target_event_id, channel_id FROM matrix.redactions WHERE parked
   UNION SELECT poll_event_id, channel_id FROM matrix.unseen_polls`;

/** Takes up what something waits for now, and forgets what nothing waits for any more. */
export async function followParked(tx: Tx, { limit }: Round): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.parked_targets (target_event_id, channel_id, first_seen_at)
     SELECT w.target_event_id, w.channel_id, $1 FROM (${waiting}) w
      WHERE NOT EXISTS (SELECT 1 FROM matrix.parked_targets p
                         WHERE p.target_event_id = w.target_event_id AND p.channel_id = w.channel_id)
      LIMIT $2::int
     ON CONFLICT DO NOTHING`,
    tx.now,
    limit,
  );
  await tx.db.$executeRawUnsafe(
    `DELETE FROM matrix.parked_targets p
      WHERE NOT EXISTS (SELECT 1 FROM (${waiting}) w
                         WHERE w.target_event_id = p.target_event_id AND w.channel_id = p.channel_id)`,
  );
}

/** An event to ask the homeserver for. */
export interface MissingTarget {
  readonly eventId: string;
  readonly channelId: string;
  readonly roomId: string;
}

/** Claims targets that are missing since before `before`: each is given out once. */
export async function claimMissing(
  tx: Tx,
  { before, limit }: Round & { before: Date },
): Promise<MissingTarget[]> {
  return tx.db.$queryRawUnsafe<MissingTarget[]>(
    `WITH due AS MATERIALIZED (
       SELECT p.target_event_id, p.channel_id FROM matrix.parked_targets p
        WHERE p.looked_up_at IS NULL AND p.first_seen_at < $1
        ORDER BY p.first_seen_at LIMIT $2::int FOR UPDATE SKIP LOCKED)
     UPDATE matrix.parked_targets p SET looked_up_at = $3, reason = 'not_mirrored'
       FROM due d JOIN channels c ON c.id = d.channel_id
      WHERE p.target_event_id = d.target_event_id AND p.channel_id = d.channel_id
      RETURNING p.target_event_id AS "eventId", p.channel_id::text AS "channelId", c.matrix_room_id AS "roomId"`,
    before,
    limit,
    tx.now,
  );
}

/** The homeserver does not give it; it is not asked again. */
export async function markUnavailable(tx: Tx, { eventId, channelId }: MissingTarget): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.parked_targets SET reason = 'unavailable' WHERE target_event_id = $1 AND channel_id = $2::uuid`,
    eventId,
    channelId,
  );
}

/** The homeserver was away: these are asked for again. */
export async function unclaim(tx: Tx, targets: readonly MissingTarget[]): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.parked_targets SET looked_up_at = NULL, reason = NULL
      WHERE (target_event_id, channel_id) IN (SELECT * FROM unnest($1::text[], $2::uuid[]))`,
    targets.map(({ eventId }) => eventId),
    targets.map(({ channelId }) => channelId),
  );
}

/** Something that has waited in vain, as far as the mirror knows it. */
export interface Abandoned {
  readonly relation: "edit" | "reaction" | "redaction" | "vote";
  readonly eventId: string;
  readonly target: string;
  readonly roomId: string;
  readonly sender: string;
  readonly ts: number;
  /** Of a reaction; of a vote `response` or `end`. */
  readonly key: string | null;
  readonly reason: "unavailable" | "not_mirrored" | null;
}

/** Gives up targets that are waited for since before `before`, once each, and tells what waited for them. */
export async function giveUp(tx: Tx, { before, limit }: Round & { before: Date }): Promise<Abandoned[]> {
  const of = (relation: string, table: string, key: string) => `
    SELECT '${relation}' AS relation, r.event_id, r.target_event_id, r.sender_id, r.origin_server_ts, ${key} AS key
      FROM ${table} r
     WHERE r.parked AND r.target_event_id = g.target_event_id AND r.channel_id = g.channel_id`;
  return tx.db.$queryRawUnsafe<Abandoned[]>(
    `WITH due AS MATERIALIZED (
       SELECT p.target_event_id, p.channel_id FROM matrix.parked_targets p
        WHERE p.given_up_at IS NULL AND p.first_seen_at < $1
        ORDER BY p.first_seen_at LIMIT $2::int FOR UPDATE SKIP LOCKED
     ), given_up AS (
       UPDATE matrix.parked_targets p SET given_up_at = $3 FROM due d
        WHERE p.target_event_id = d.target_event_id AND p.channel_id = d.channel_id
        RETURNING p.target_event_id, p.channel_id, p.reason)
     SELECT w.relation, w.event_id AS "eventId", w.target_event_id AS target, c.matrix_room_id AS "roomId",
            COALESCE(u.matrix_id, a.matrix_id) AS sender, w.origin_server_ts::float8 AS ts, w.key, g.reason
       FROM given_up g
       JOIN channels c ON c.id = g.channel_id
      CROSS JOIN LATERAL (${of("edit", "matrix.edits", "NULL")}
        UNION ALL ${of("reaction", "matrix.reactions", "r.key")}
        UNION ALL ${of("redaction", "matrix.redactions", "NULL")}
        UNION ALL SELECT 'vote', p.event_id, p.poll_event_id, p.sender_id, p.origin_server_ts, p.type
                    FROM matrix.unseen_polls s JOIN matrix.poll_events p USING (poll_event_id, channel_id)
                   WHERE s.poll_event_id = g.target_event_id AND s.channel_id = g.channel_id AND NOT p.redacted) w
       LEFT JOIN users u ON u.id = w.sender_id
       LEFT JOIN agents a ON a.id = w.sender_id`,
    before,
    limit,
    tx.now,
  );
}
