/**
 * The floor: the least a program can do that acknowledges only what is stored. Fastify, one database transaction per
 * Matrix transaction, three set-based statements. No outbox, no relations, no state, no validation.
 *
 * Every event becomes one row of `messages`, whatever its type: one row per event is the least that "stored" can mean.
 * The tables have the columns, indexes and references of the messaging ERD and nothing else. With `--bare` the two
 * foreign keys of `messages` are left out: about a fifth faster, and reported beside the floor so that nobody has to
 * wonder what they cost. With `--telling` the third statement also writes an event for each message into an outbox with
 * the columns, indexes and payload of ours: what "told in the same transaction" costs at least.
 *
 * Run: `node bench/floor.ts <database-url> [--bare | --telling]`; prints `{"url": …}` when it listens.
 */
import { randomUUID, timingSafeEqual } from "node:crypto";
import Fastify from "fastify";
import pg from "pg";
import type { PushedEvent } from "./generator.ts";
import { hsToken, microdaoId, type ReadyLine } from "./protocol.ts";

const [databaseUrl, variant] = process.argv.slice(2);
const bare = variant === "--bare";
const telling = variant === "--telling";

const tables = `
  CREATE SEQUENCE user_number;
  CREATE TABLE users (
    id uuid PRIMARY KEY,
    external_id text NOT NULL UNIQUE DEFAULT 'user:' || nextval('user_number'),
    matrix_id text UNIQUE,
    handle text,
    created_at timestamptz DEFAULT now()
  );
  CREATE TABLE channels (
    id uuid PRIMARY KEY,
    slug text NOT NULL,
    name text NOT NULL,
    microdao_id uuid NOT NULL,
    team_id uuid,
    matrix_room_id text NOT NULL UNIQUE,
    visibility text NOT NULL,
    created_by_user_id uuid,
    created_by_agent_id uuid,
    created_at timestamptz DEFAULT now(),
    UNIQUE (slug, microdao_id)
  );
  CREATE INDEX ON channels (microdao_id);
  CREATE TABLE messages (
    id uuid PRIMARY KEY,
    channel_id uuid NOT NULL ${bare ? "" : "REFERENCES channels"},
    matrix_event_id text NOT NULL UNIQUE,
    sender_user_id uuid ${bare ? "" : "REFERENCES users"},
    sender_agent_id uuid,
    sender_type text NOT NULL,
    content_preview text NOT NULL,
    created_at timestamptz DEFAULT now()
  );
  CREATE INDEX ON messages (channel_id, created_at);
  CREATE INDEX ON messages (sender_user_id);
  CREATE INDEX ON messages (sender_agent_id);
`;

const outboxTable = `
  CREATE TABLE outbox_events (
    id text PRIMARY KEY,
    topic text NOT NULL,
    event_key text,
    payload jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    processed boolean NOT NULL DEFAULT false,
    published_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    txid bigint DEFAULT pg_current_xact_id()::text::bigint
  );
  CREATE INDEX ON outbox_events (event_key) WHERE topic IN ('channel.created', 'channel.updated');
  CREATE INDEX ON outbox_events (txid);
`;

const insertUsers = `
  INSERT INTO users (id, matrix_id, handle)
  SELECT sender.id, sender.matrix_id, split_part(sender.matrix_id, ':', 1)
  FROM unnest($1::uuid[], $2::text[]) AS sender (id, matrix_id)
  WHERE NOT EXISTS (SELECT FROM users WHERE users.matrix_id = sender.matrix_id)
  ON CONFLICT (matrix_id) DO NOTHING`;

const insertChannels = `
  INSERT INTO channels (id, slug, name, microdao_id, matrix_room_id, visibility)
  SELECT room.id, room.room_id, room.room_id, '${microdaoId}', room.room_id, 'private'
  FROM unnest($1::uuid[], $2::text[]) AS room (id, room_id)
  WHERE NOT EXISTS (SELECT FROM channels WHERE channels.matrix_room_id = room.room_id)
  ON CONFLICT (matrix_room_id) DO NOTHING`;

const insertMessages = `
  INSERT INTO messages (id, channel_id, matrix_event_id, sender_user_id, sender_type, content_preview, created_at)
  SELECT event.id, channels.id, event.event_id, users.id, 'human', event.preview, to_timestamp(event.ts / 1000.0)
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
    AS event (id, room_id, event_id, sender, preview, ts)
  JOIN channels ON channels.matrix_room_id = event.room_id
  JOIN users ON users.matrix_id = event.sender
  ON CONFLICT (matrix_event_id) DO NOTHING`;

/** Ids as they are shown have a prefix and, here, no other alphabet: what they look like costs nothing. */
const insertAndTell = `
  WITH inserted AS (${insertMessages} RETURNING *)
  INSERT INTO outbox_events (id, topic, event_key, payload)
  SELECT 'evt_' || id, 'chat.message.created', matrix_event_id,
         jsonb_build_object('payload', jsonb_build_object('channel_id', 'c_' || channel_id),
                            'meta', jsonb_build_object('microdao_id', 'md_' || channel_id, 'team_id', NULL))
    FROM inserted
  ON CONFLICT (id) DO NOTHING`;

const storeMessages = telling ? insertAndTell : insertMessages;
const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
await pool.query(telling ? tables + outboxTable : tables);

const expected = Buffer.from(`Bearer ${hsToken}`);
const app = Fastify({ logger: false, bodyLimit: 64 * 1024 * 1024, keepAliveTimeout: 130_000 });

app.addHook("onRequest", async (request, reply) => {
  const given = Buffer.from(request.headers.authorization ?? "");
  if (given.length === expected.length && timingSafeEqual(given, expected)) return;
  await reply.code(403).send({ errcode: "M_FORBIDDEN" });
});

app.put<{ Body: { events: PushedEvent[] } }>("/_matrix/app/v1/transactions/:txnId", async (request) => {
  await store(request.body.events);
  return {};
});

/** All of it or nothing, and the caller waits for the commit. */
async function store(events: PushedEvent[]): Promise<void> {
  const senders = [...new Set(events.map((event) => event.sender))];
  const rooms = [...new Set(events.map((event) => event.room_id))];
  const now = performance.timeOrigin + performance.now();
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    await client.query({
      name: "users",
      text: insertUsers,
      values: [senders.map(() => newUuid(now)), senders],
    });
    await client.query({
      name: "channels",
      text: insertChannels,
      values: [rooms.map(() => newUuid(now)), rooms],
    });
    await client.query({ name: "messages", text: storeMessages, values: messageColumns(events) });
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

function messageColumns(events: PushedEvent[]): unknown[] {
  return [
    events.map((event) => newUuid(event.origin_server_ts)),
    events.map((event) => event.room_id),
    events.map((event) => event.event_id),
    events.map((event) => event.sender),
    events.map(preview),
    events.map((event) => event.origin_server_ts),
  ];
}

function preview(event: PushedEvent): string {
  const body = event.content["body"];
  return typeof body === "string" ? body.slice(0, 280).toWellFormed() : event.type;
}

/** A UUIDv7, so that the primary key grows at its right edge, as ours does. */
function newUuid(milliseconds: number): string {
  const time = Math.trunc(milliseconds).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

const url = await app.listen({ port: 0, host: "127.0.0.1" });
process.stdout.write(`${JSON.stringify({ url } satisfies ReadyLine)}\n`);
process.once("SIGTERM", () => void app.close().then(() => pool.end()));
