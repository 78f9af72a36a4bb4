import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Finding } from "../src/cli/doctor/finding.ts";
import { type EmbeddedDatabase, startEmbeddedDatabase } from "../src/db/embedded/index.ts";
import { migrateUp } from "../src/db/migrate/index.ts";
import { silentLog } from "../src/kernel/log.ts";
import { runCli } from "./support/run-cli.ts";

const directory = mkdtempSync(join(tmpdir(), "microdao-doctor-"));
let database: EmbeddedDatabase;

beforeAll(async () => {
  database = await startEmbeddedDatabase({ directory: join(directory, "postgres"), log: silentLog });
});
afterAll(async () => {
  await database.close();
  rmSync(directory, { recursive: true, force: true });
});

async function examine(env: Record<string, string> = {}) {
  const { stdout } = await runCli(["doctor", "--json"], {
    directory,
    env: { DATABASE_URL: database.url, ...env },
  });
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  return Object.fromEntries(findings.map((finding) => [finding.name, finding]));
}

async function sql(text: string) {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

const mirror = ["encrypted rooms", "lag", "dead letters", "sends", "outbox"] as const;

test("an empty database is reached and asked to be migrated", async () => {
  const found = await examine();
  expect(found["database"]).toMatchObject({
    status: "ok",
    found: expect.stringMatching(/^PostgreSQL .*pgvector/) as string,
  });
  expect(found["migrations"]).toMatchObject({ status: "fail", fix: "run: microdao migrate up" });
  for (const name of mirror)
    expect(found[name]?.found).toMatch(/^not looked at, because the tables cannot be read/);
});

test("a migrated one is well", async () => {
  await migrateUp({ databaseUrl: database.url });
  const found = await examine();
  expect(found["migrations"]?.status).toBe("ok");
  expect(found["lag"]).toMatchObject({ status: "warn", found: "no transaction has come yet" });
  for (const name of mirror.filter((other) => other !== "lag")) expect(found[name]?.status).toBe("ok");
});

test("what waits, failed, is encrypted or could not be applied is counted", async () => {
  await sql(`
    INSERT INTO users (id, matrix_id) VALUES (gen_random_uuid(), '@alice:localhost');
    INSERT INTO microdaos (id, name, owner_user_id) SELECT gen_random_uuid(), 'Demo', id FROM users;
    INSERT INTO channels (id, microdao_id, matrix_room_id, slug, name, visibility, encrypted, status)
      SELECT gen_random_uuid(), id, '!' || number, 'c' || number, 'c', 'private', number < 3, 'active'
        FROM microdaos, generate_series(1, 5) AS number;
    INSERT INTO agent_blueprints (id, code, model) VALUES (gen_random_uuid(), 'doctor_test', 'echo');
    INSERT INTO agents (id, external_id, name, kind, blueprint_id)
      SELECT gen_random_uuid(), 'agent:sofia', 'Sofia', 'assistant', id FROM agent_blueprints WHERE code = 'doctor_test';
    INSERT INTO matrix.sends
        (id, txn_id, channel_id, room_id, sender_matrix_id, agent_id, event_type, state, created_at, sent_at)
      SELECT gen_random_uuid(), state, c.id, '!1', '@dao_sofia:localhost', a.id, 'm.room.message', state,
             now() - interval '1 hour', now() - interval '1 hour'
        FROM (SELECT id FROM channels LIMIT 1) AS c, (SELECT id FROM agents WHERE external_id = 'agent:sofia') AS a,
             unnest(ARRAY['queued', 'sent', 'failed', 'confirmed']) AS state;
    INSERT INTO matrix.inbox (id, fingerprint, raw, source, error_code, error, status)
      VALUES ('dl_1', '1', '{}', 'push', 'x', 'x', 'dead'), ('dl_2', '2', '{}', 'push', 'x', 'x', 'dropped');
    INSERT INTO matrix.bridge (appservice_id, sender_localpart, bot_user_id, server_name, last_txn_at)
      VALUES ('microdao', 'microdao_appservice', '@microdao:localhost', 'localhost', now() - interval '5 minutes');
    INSERT INTO outbox_events (id, topic, payload, created_at) VALUES ('evt_1', 'x', '{}', now() - interval '1 hour')`);
  const found = await examine({ MATRIX_SERVER_NAME: "example.org" });
  expect(found["stored names"]).toMatchObject({
    status: "fail",
    found: expect.stringContaining("the database belongs to localhost, configured is example.org") as string,
    fix: "set MATRIX_SERVER_NAME, BOT_LOCALPART back, or use another database",
  });
  expect(found["encrypted rooms"]).toMatchObject({ status: "warn", found: "2 of 5 rooms" });
  expect(found["lag"]).toMatchObject({ status: "ok", found: "the last transaction came 5 min ago" });
  expect(found["dead letters"]).toMatchObject({ status: "warn", found: "1 event could not be applied" });
  expect(found["sends"]).toMatchObject({
    status: "warn",
    found: "1 waiting for more than a minute, 1 failed in the last week, 1 sent and not seen again",
  });
  expect(found["outbox"]).toMatchObject({
    status: "ok",
    found: "events are kept in outbox_events; the oldest is 60 min old",
  });
});
