import { execute } from "./cluster.ts";
import { roomIds, senderIds } from "./generator.ts";
import { microdaoId } from "./protocol.ts";

/** The owner and the microDAO that every channel must belong to. For the project's own tables. */
export async function insertMicrodao(databaseUrl: string): Promise<void> {
  await execute(
    databaseUrl,
    `INSERT INTO users (id, external_id, matrix_id) VALUES ('${microdaoId}', 'user:bench', '@owner:bench.test')`,
  );
  await execute(
    databaseUrl,
    `INSERT INTO microdaos (id, external_id, name, owner_user_id)
     VALUES ('${microdaoId}', 'microdao:bench', 'Benchmark', '${microdaoId}')`,
  );
}

/** The rooms as channels, with ids that tell their number. */
export async function insertChannels(databaseUrl: string): Promise<void> {
  await execute(
    databaseUrl,
    `INSERT INTO channels (id, slug, name, microdao_id, matrix_room_id, visibility)
     SELECT ('00000000-0000-7000-8001-' || lpad(room.number::text, 12, '0'))::uuid, 'room-' || room.number,
            'Room ' || room.number, '${microdaoId}', room.id, 'private'
     FROM unnest($1::text[]) WITH ORDINALITY AS room (id, number)`,
    [roomIds()],
  );
}

/** Links the channels in ours, as if the bot had been invited to each room long ago. */
export async function insertMatrixRooms(databaseUrl: string): Promise<void> {
  await execute(
    databaseUrl,
    `INSERT INTO matrix.rooms (room_id, channel_id, status, mirrored)
     SELECT matrix_room_id, id, 'joined', true FROM channels`,
  );
}

/**
 * Fills `messages` with `rows` old messages, spread over the rooms and the senders, one every 0.1 s up to yesterday.
 * Event ids are hashes, so that the unique index on them is as scattered as a real one; primary keys grow with time.
 * `kinds` says whether the table has the column `kind` (ours) or is the floor's.
 */
export async function preloadMessages(
  databaseUrl: string,
  options: { rows: number; kinds: boolean },
): Promise<void> {
  await execute(
    databaseUrl,
    `INSERT INTO users (id, matrix_id)
     SELECT ('00000000-0000-7000-8002-' || lpad(sender.number::text, 12, '0'))::uuid, sender.id
     FROM unnest($1::text[]) WITH ORDINALITY AS sender (id, number)
     ON CONFLICT DO NOTHING`,
    [senderIds()],
  );
  await execute(
    databaseUrl,
    `WITH channel AS (SELECT array_agg(id) AS ids FROM channels),
          sender AS (SELECT array_agg(id) AS ids FROM users WHERE matrix_id LIKE '@user%')
     INSERT INTO messages (id, channel_id, matrix_event_id, sender_user_id, sender_type, content_preview, created_at
                           ${options.kinds ? ", kind" : ""})
     SELECT
       overlay(overlay(md5('row' || n) PLACING lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') FROM 1)
               PLACING '7' FROM 13)::uuid,
       channel.ids[1 + n % cardinality(channel.ids)],
       '$' || rtrim(translate(encode(sha256(('event' || n)::bytea), 'base64'), '+/', '-_'), '='),
       sender.ids[1 + (n * 7) % cardinality(sender.ids)],
       'human',
       'message ' || n || ' ' || repeat('some words of a chat ', (n % 8)::int),
       at
       ${options.kinds ? ", 'text'" : ""}
     FROM channel, sender, generate_series(1, $1::bigint) AS n,
          LATERAL (SELECT now() - interval '1 day' - ($1::bigint - n) * interval '0.1 s') AS time (at)`,
    [options.rows],
  );
  await execute(databaseUrl, "VACUUM (ANALYZE) messages");
  await execute(databaseUrl, "CHECKPOINT");
}
