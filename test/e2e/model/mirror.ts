import type { Database } from "../../../src/db/index.ts";
import type { RoomTruth, ShownMessage } from "./truth.ts";

/** The room as it is mirrored, in the form of the truth. */
export async function mirroredRoom({ db }: Database, roomId: string): Promise<RoomTruth> {
  const rows = <R>(sql: string) => db.$queryRawUnsafe<R[]>(sql, roomId);
  const [channel] = await rows<{ name: string; topic: string | null }>(
    "SELECT c.name, c.topic FROM channels c WHERE c.matrix_room_id = $1",
  );
  const members = await rows<{ id: string; is: string }>(
    `SELECT u.matrix_id AS id, k.membership || ' ' || k.role AS is
       FROM channels c JOIN channel_members k ON k.channel_id = c.id JOIN users u ON u.id = k.member_user_id
      WHERE c.matrix_room_id = $1`,
  );
  const messages = await rows<ShownMessage & { id: string }>(
    `SELECT m.matrix_event_id AS id, u.matrix_id AS sender, m.kind, m.content_preview AS preview,
            m.thread_root_event_id AS thread, m.reply_to_event_id AS reply
       FROM channels c JOIN messages m ON m.channel_id = c.id JOIN users u ON u.id = m.sender_user_id
      WHERE c.matrix_room_id = $1 AND m.redacted_at IS NULL`,
  );
  const redacted = await rows<{ id: string }>(
    `SELECT m.matrix_event_id AS id FROM channels c JOIN messages m ON m.channel_id = c.id
      WHERE c.matrix_room_id = $1 AND m.redacted_at IS NOT NULL AND m.content_preview = ''
      UNION ALL
     SELECT e.event_id FROM channels c JOIN matrix.edits e ON e.channel_id = c.id
      WHERE c.matrix_room_id = $1 AND e.redacted AND e.preview = ''`,
  );
  const reactions = await rows<{ is: string }>(
    `SELECT r.target_event_id || ' ' || r.key || ' ' || u.matrix_id AS is
       FROM channels c JOIN matrix.reactions r ON r.channel_id = c.id JOIN users u ON u.id = r.sender_id
       JOIN messages m ON m.matrix_event_id = r.target_event_id AND m.channel_id = c.id
      WHERE c.matrix_room_id = $1 AND NOT r.redacted AND NOT r.parked AND m.redacted_at IS NULL`,
  );
  return {
    name: channel?.name,
    topic: channel?.topic ?? undefined,
    members: Object.fromEntries(members.map(({ id, is }) => [id, is])),
    messages: Object.fromEntries(messages.map(({ id, ...shown }) => [id, shown])),
    redacted: redacted.map(({ id }) => id).toSorted(),
    reactions: reactions.map(({ is }) => is).toSorted(),
  };
}
