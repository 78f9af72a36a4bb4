import type { DbClient, Tx } from "../../db/index.ts";

/** Whether the target of a relation `x` has a row. */
const targetIsThere = `(EXISTS (SELECT 1 FROM messages m WHERE m.matrix_event_id = x.target_event_id)
  OR EXISTS (SELECT 1 FROM matrix.edits e WHERE e.event_id = x.target_event_id)
  OR EXISTS (SELECT 1 FROM matrix.reactions e WHERE e.event_id = x.target_event_id)
  OR EXISTS (SELECT 1 FROM matrix.state_events e WHERE e.event_id = x.target_event_id)
  OR EXISTS (SELECT 1 FROM matrix.member_events e WHERE e.event_id = x.target_event_id))`;

const ofChannel = [
  `DELETE FROM matrix.edits WHERE channel_id = $1::uuid AND event_id = ANY($2::text[]) AND NOT redacted`,
  `DELETE FROM matrix.reactions WHERE channel_id = $1::uuid AND event_id = ANY($2::text[]) AND NOT redacted`,
  `DELETE FROM matrix.redactions WHERE channel_id = $1::uuid AND event_id = ANY($2::text[])`,
  `DELETE FROM matrix.poll_events WHERE channel_id = $1::uuid AND event_id = ANY($2::text[])`,
  `DELETE FROM messages m
    WHERE m.channel_id = $1::uuid AND m.matrix_event_id = ANY($2::text[]) AND m.redacted_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM followups f WHERE f.message_id = m.id)`,
];

const ofRoom = [
  `DELETE FROM matrix.state_events WHERE room_id = $1 AND event_id = ANY($2::text[]) AND NOT redacted AND NOT overruled`,
  `DELETE FROM matrix.member_events WHERE room_id = $1 AND event_id = ANY($2::text[]) AND NOT redacted AND NOT overruled`,
];

const parking = [
  `UPDATE matrix.edits x SET parked = true
    WHERE x.channel_id = $1::uuid AND x.target_event_id = ANY($2::text[]) AND NOT x.parked AND NOT ${targetIsThere}`,
  `UPDATE matrix.reactions x SET parked = true
    WHERE x.channel_id = $1::uuid AND x.target_event_id = ANY($2::text[]) AND NOT x.parked AND NOT ${targetIsThere}`,
  `UPDATE matrix.redactions x SET parked = true
    WHERE x.channel_id = $1::uuid AND x.target_event_id = ANY($2::text[]) AND NOT x.parked AND NOT ${targetIsThere}`,
];

/**
 * Takes rows of these events out of the mirror, and parks what points at them, so that recording the events once more
 * makes them anew. Redacted rows stay: the homeserver no longer tells what they were. So do state events that it has
 * overruled: that it has is known by nothing else. A message that somebody noted a
 * followup on stays, too.
 */
export async function deleteEventRows(
  tx: Tx,
  { roomId, channelId }: { roomId: string; channelId: string },
  eventIds: readonly string[],
): Promise<void> {
  if (eventIds.length === 0) return;
  for (const sql of ofChannel) await tx.db.$executeRawUnsafe(sql, channelId, eventIds);
  for (const sql of ofRoom) await tx.db.$executeRawUnsafe(sql, roomId, eventIds);
  for (const sql of parking) await tx.db.$executeRawUnsafe(sql, channelId, eventIds);
}

/** SQL: whether this row of the channel is of the room. Old rows do not say, and are its own only if it is the channel's only one. */
const ofThisRoom = (roomId: string) => `channel_id = $2::uuid AND COALESCE(${roomId} = $1, $3::boolean)`;

/** Events that the mirror has rows of, for this room; `wholeChannel`: it is the only room that its channel ever had. */
export async function listEventIds(
  db: DbClient,
  { roomId, channelId, wholeChannel }: { roomId: string; channelId: string; wholeChannel: boolean },
): Promise<string[]> {
  const rows = await db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT event_id AS id FROM matrix.state_events WHERE room_id = $1
      UNION SELECT event_id FROM matrix.member_events WHERE room_id = $1
      UNION SELECT event_id FROM matrix.poll_events WHERE room_id = $1 AND channel_id = $2::uuid
      UNION SELECT matrix_event_id FROM messages WHERE ${ofThisRoom("matrix_room_id")}
      UNION SELECT event_id FROM matrix.edits WHERE ${ofThisRoom("room_id")}
      UNION SELECT event_id FROM matrix.reactions WHERE ${ofThisRoom("room_id")}
      UNION SELECT event_id FROM matrix.redactions WHERE ${ofThisRoom("room_id")}`,
    roomId,
    channelId,
    wholeChannel,
  );
  return rows.map(({ id }) => id);
}

/** How many rooms a channel has had. */
export async function countRoomsOfChannel(db: DbClient, channelId: string): Promise<number> {
  const [row] = await db.$queryRawUnsafe<{ count: number }[]>(
    `SELECT count(*)::int AS count FROM matrix.rooms WHERE channel_id = $1::uuid`,
    channelId,
  );
  return row?.count ?? 0;
}
