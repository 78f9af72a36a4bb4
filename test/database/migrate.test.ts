import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterEach, describe, expect, test } from "vitest";
import { readCatalog } from "../../scripts/erd/catalog.ts";
import { migrationNames } from "../../scripts/erd/migrated-database.ts";
import { migrateDatabase } from "../../src/cli/migrate/migrate-database.ts";
import {
  diffDatabase,
  forceMigration,
  migrateDown,
  migrateUp,
  migrationStatus,
  requireMigrated,
} from "../../src/db/migrate/index.ts";
import { createTestDatabase, type TestDatabaseOptions } from "../support/database.ts";

const names = migrationNames();
const last = names.at(-1) ?? "";
const all = { steps: names.length };
const now = new Date("2026-03-01T12:00:00Z");

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

type Kind = "native" | "embedded";

/** A database of its own and a connection to it, both gone after the test. */
async function open(kind: Kind, options: TestDatabaseOptions = {}) {
  const database = await createTestDatabase(kind, options);
  cleanUps.push(() => database.drop());
  const client = new Client({ connectionString: database.url });
  client.on("error", () => undefined);
  await client.connect();
  cleanUps.push(() => client.end());
  const rows = async <R>(sql: string): Promise<R[]> => (await client.query(sql)).rows as R[];
  return { url: database.url, kind: database.kind, client, rows };
}

describe.each<Kind>(["native", "embedded"])("on %s PostgreSQL", (kind) => {
  test("up, down and up again make the same empty database", async () => {
    const { url, rows } = await open(kind, { empty: true });
    const before = await look(rows);
    expect(await migrateUp({ databaseUrl: url })).toEqual(names);
    const migrated = await look(rows);
    expect(await diffDatabase({ databaseUrl: url })).toEqual({ summary: "", sql: "" });

    const rolledBack = await migrateDown({ databaseUrl: url, appEnv: "local", target: all });
    expect(rolledBack).toEqual(names.toReversed());
    expect(await look(rows)).toEqual(before);
    expect(await rows("SELECT * FROM _prisma_migrations")).toEqual([]);

    expect(await migrateUp({ databaseUrl: url })).toEqual(names);
    expect(await look(rows)).toEqual(migrated);
    expect(await diffDatabase({ databaseUrl: url })).toEqual({ summary: "", sql: "" });
  });

  test("up, down and up again make the same database with its seeds, also from one that is in use", async () => {
    const { url, client, rows } = await open(kind);
    const migrated = { catalog: await look(rows), seeds: await readSeeds(rows) };
    await client.query(inUse);
    await migrateDown({ databaseUrl: url, appEnv: "staging", target: { to: "000003" } });
    expect(await rows("SELECT content_preview FROM messages")).toEqual([{ content_preview: "hello" }]);
    await migrateDown({ databaseUrl: url, appEnv: "staging", target: { steps: 3 } });
    expect(await migrateDatabase(url)).toEqual(names);
    expect({ catalog: await look(rows), seeds: await readSeeds(rows) }).toEqual(migrated);
  });

  test("what moves real-world assets is never rolled back once there are any, and nothing before it either", async () => {
    const { url, client } = await open(kind);
    await client.query("INSERT INTO rwa_inventory (id) VALUES ('rwa_1')");
    for (const target of [{ to: "000006_rwa" }, { to: "000005" }, all]) {
      const refused = migrateDown({ databaseUrl: url, appEnv: "local", target });
      await expect(refused).rejects.toMatchObject({
        code: "rollback_guarded",
        details: { table: "rwa_inventory" },
      });
    }
    await expect(requireMigrated(url)).resolves.toBeUndefined();
    const toThere = { databaseUrl: url, appEnv: "local", target: { to: "000007" } };
    expect(await migrateDown(toThere)).toEqual(names.slice(7).toReversed());
  });

  test("the outbox is never rolled back once it holds events", async () => {
    const { url, client } = await open(kind);
    await client.query("INSERT INTO outbox_events (id, topic, payload) VALUES ('evt_1', 'x', '{}')");
    const refused = migrateDown({ databaseUrl: url, appEnv: "local", target: { to: "000008" } });
    await expect(refused).rejects.toMatchObject({
      code: "rollback_guarded",
      details: { table: "outbox_events" },
    });
    await expect(requireMigrated(url)).resolves.toBeUndefined();
  });

  test("two that migrate at once do it once", async () => {
    const { url, rows } = await open(kind, { empty: true });
    const applied = await Promise.all([migrateDatabase(url), migrateDatabase(url)]);
    expect(applied.flat()).toEqual(names);
    expect(await rows("SELECT count(*)::int AS n FROM _prisma_migrations")).toEqual([{ n: names.length }]);
  });

  test("a migration that fails leaves nothing behind, says where, and can be repeated", async () => {
    const { url, rows } = await open(kind);
    const directory = await extraMigration(
      "CREATE TABLE half (i int);\n\nSELECT no_such_column FROM half;\n",
    );
    const failed = migrateUp({ databaseUrl: url, migrationsDir: directory });
    await expect(failed).rejects.toMatchObject({
      code: "migration_failed",
      message: expect.stringContaining('line 3: column "no_such_column" does not exist') as string,
    });
    expect(await rows("SELECT to_regclass('half') AS found")).toEqual([{ found: null }]);
    expect(stateOf(await migrationStatus({ databaseUrl: url, migrationsDir: directory }), extra)).toBe(
      "pending",
    );

    await writeFile(join(directory, extra, "migration.sql"), withFunctionBody);
    expect(await migrateUp({ databaseUrl: url, migrationsDir: directory })).toEqual([extra]);
    expect(await rows("SELECT twice(21) AS answer")).toEqual([{ answer: 42 }]);
    expect(
      await migrateDown({
        databaseUrl: url,
        appEnv: "local",
        target: { steps: 1 },
        migrationsDir: directory,
      }),
    ).toEqual([extra]);
    expect(await rows("SELECT to_regproc('twice') AS found")).toEqual([{ found: null }]);
  });

  test("force marks what was done by hand, audits it, and refuses what needs no repair", async () => {
    const { url, client, rows } = await open(kind);
    await client.query(`DELETE FROM _prisma_migrations WHERE migration_name = '${last}'`);
    await expect(requireMigrated(url)).rejects.toMatchObject({ code: "database_behind" });
    const forced = await forceMigration({ databaseUrl: url, version: last.slice(0, 6), now });
    expect(forced).toEqual({ name: last, was: "pending" });
    await expect(requireMigrated(url)).resolves.toBeUndefined();
    expect(
      await rows("SELECT action, resource_kind, resource_id, actor_kind, data, created_at FROM audit_log"),
    ).toEqual([
      {
        action: "migration.forced",
        resource_kind: "migration",
        resource_id: last,
        actor_kind: "service",
        data: { was: "pending" },
        created_at: now,
      },
    ]);
    const refused = forceMigration({ databaseUrl: url, version: last, now });
    await expect(refused).rejects.toMatchObject({ code: "force_refused" });
    const unknown = forceMigration({ databaseUrl: url, version: "000099_nothing", now });
    await expect(unknown).rejects.toMatchObject({ code: "migration_unknown" });
  });
});

describe("on PostgreSQL", () => {
  test("the history is Prisma's: checksums, times and one step each", async () => {
    const { rows } = await open("native");
    const history = await rows<Record<string, unknown>>(
      "SELECT *, length(checksum) AS checksum_length FROM _prisma_migrations ORDER BY migration_name",
    );
    expect(history.map((row) => row["migration_name"])).toEqual(names);
    for (const row of history) {
      expect(row).toMatchObject({ checksum_length: 64, rolled_back_at: null, applied_steps_count: 1 });
      expect(row["finished_at"]).toBeInstanceOf(Date);
    }
  });

  test("diff tells what the database has more and less than the schema", async () => {
    const { url, client } = await open("native");
    await client.query("ALTER TABLE users ADD COLUMN shoe_size int; DROP TABLE oracles");
    const { summary, sql } = await diffDatabase({ databaseUrl: url });
    expect(summary).toContain("oracles");
    expect(sql).toContain('DROP COLUMN "shoe_size"');
    expect(sql).toContain('CREATE TABLE "oracles"');
  });

  test("production never rolls back", async () => {
    const { url } = await open("native");
    const refused = migrateDown({ databaseUrl: url, appEnv: "production", target: { steps: 1 } });
    await expect(refused).rejects.toMatchObject({ code: "rollback_forbidden" });
    await expect(requireMigrated(url)).resolves.toBeUndefined();
  });

  test("a target that is not applied is refused", async () => {
    const { url } = await open("native");
    for (const target of [{ to: "000099" }, { steps: 99 }]) {
      const refused = migrateDown({ databaseUrl: url, appEnv: "local", target });
      await expect(refused).rejects.toMatchObject({ code: "rollback_target_unknown" });
    }
  });

  test("a rollback that fails leaves everything as it was", async () => {
    const { url, client } = await open("native");
    await client.query(
      `CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'in the way'; END$$;
       CREATE EVENT TRIGGER in_the_way ON ddl_command_end EXECUTE FUNCTION refuse()`,
    );
    const failed = migrateDown({ databaseUrl: url, appEnv: "local", target: { steps: 1 } });
    await expect(failed).rejects.toMatchObject({ code: "migration_failed" });
    await client.query("DROP EVENT TRIGGER in_the_way; DROP FUNCTION refuse");
    await expect(requireMigrated(url)).resolves.toBeUndefined();
    expect(await diffDatabase({ databaseUrl: url })).toEqual({ summary: "", sql: "" });
  });

  test("force repairs what another tool left half-way, and refuses to jump over it", async () => {
    const { url, client } = await open("native");
    await client.query(
      "UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name ~ '^0000(09|10)'",
    );
    await expect(migrateUp({ databaseUrl: url })).rejects.toMatchObject({ code: "migration_history_failed" });
    await expect(requireMigrated(url)).rejects.toMatchObject({ code: "migration_history_failed" });
    const jump = forceMigration({ databaseUrl: url, version: "000010", now });
    await expect(jump).rejects.toMatchObject({ code: "force_refused" });
    for (const version of ["000009", "000010"]) {
      expect((await forceMigration({ databaseUrl: url, version, now })).was).toBe("failed");
    }
    await expect(requireMigrated(url)).resolves.toBeUndefined();
  });

  test("an edited migration is shown, and force adopts the edit", async () => {
    const { url, client } = await open("native");
    await client.query(
      "UPDATE _prisma_migrations SET checksum = 'other' WHERE migration_name = '000001_init'",
    );
    expect(stateOf(await migrationStatus({ databaseUrl: url }), "000001_init")).toBe("edited");
    expect((await forceMigration({ databaseUrl: url, version: "000001", now })).was).toBe("edited");
    expect(stateOf(await migrationStatus({ databaseUrl: url }), "000001_init")).toBe("applied");
  });

  test("a database of a newer program is refused and not touched", async () => {
    const { url } = await open("native");
    const directory = await extraMigration("CREATE TABLE newer (i int);");
    await migrateUp({ databaseUrl: url, migrationsDir: directory });
    expect(stateOf(await migrationStatus({ databaseUrl: url }), extra)).toBe("unknown");
    await expect(requireMigrated(url)).rejects.toMatchObject({ code: "database_newer" });
    await expect(migrateUp({ databaseUrl: url })).rejects.toMatchObject({ code: "database_newer" });
    const down = migrateDown({ databaseUrl: url, appEnv: "local", target: { steps: 1 } });
    await expect(down).rejects.toMatchObject({ code: "database_newer" });
  });

  test("a runner that loses its connection in the middle leaves nothing behind", async () => {
    const { url, kind: found, rows } = await open("native");
    if (found === "embedded") return; // one session runs one statement at a time: nobody can interrupt it
    const directory = await extraMigration("CREATE TABLE half (i int); SELECT pg_sleep(60);");
    const running = migrateUp({ databaseUrl: url, migrationsDir: directory }).catch(
      (error: unknown) => error,
    );
    const sleeping = "FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
    while ((await rows(`SELECT pg_terminate_backend(pid) ${sleeping}`)).length === 0) await pause(20);
    expect(await running).toMatchObject({ code: "migration_failed" });
    expect(await rows("SELECT to_regclass('half') AS found")).toEqual([{ found: null }]);
    await writeFile(join(directory, extra, "migration.sql"), "CREATE TABLE half (i int);");
    expect(await migrateUp({ databaseUrl: url, migrationsDir: directory })).toEqual([extra]);
  });

  test("up waits for whoever migrates already, prisma migrate included", async () => {
    const { url, kind: found, client } = await open("native", { empty: true });
    if (found === "embedded") return; // advisory locks of one session exclude nobody
    await client.query("SELECT pg_advisory_lock(72707369)");
    let isDone = false;
    const waiting = migrateUp({ databaseUrl: url }).then(() => (isDone = true));
    await pause(600);
    expect(isDone).toBe(false);
    await client.query("SELECT pg_advisory_unlock(72707369)");
    await waiting;
    await expect(requireMigrated(url)).resolves.toBeUndefined();
  });
});

test("a server that is not there is named without its password", async () => {
  const status = migrationStatus({ databaseUrl: "postgresql://someone:hunter2@127.0.0.1:9/dao" });
  await expect(status).rejects.toMatchObject({
    code: "database_unreachable",
    message: expect.stringMatching(
      /^The database dao on 127\.0\.0\.1:9 cannot be reached: (?!.*hunter2)/,
    ) as string,
  });
});

const extra = "999999_extra";

/** The project's migrations with one more at the end. */
async function extraMigration(sql: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "microdao-migrations-"));
  cleanUps.push(() => rm(directory, { recursive: true }));
  await cp(join(import.meta.dirname, "../../prisma/migrations"), directory, { recursive: true });
  await mkdir(join(directory, extra));
  await writeFile(join(directory, extra, "migration.sql"), sql);
  await writeFile(
    join(directory, extra, "down.sql"),
    "DROP TABLE IF EXISTS half; DROP FUNCTION IF EXISTS twice;",
  );
  return directory;
}

const withFunctionBody = `
CREATE TABLE half (i int);
CREATE FUNCTION twice(i int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1;
  RETURN i * 2;
END;
$$;`;

const inUse = `
INSERT INTO users (id, matrix_id) VALUES ('00000000-0000-7000-8000-000000000001', '@alice:example.org');
INSERT INTO microdaos (id, name, owner_user_id)
  SELECT '00000000-0000-7000-8000-000000000002', 'Demo', id FROM users;
INSERT INTO channels (id, microdao_id, matrix_room_id, slug, name, visibility)
  SELECT '00000000-0000-7000-8000-000000000003', id, '!room', 'general', 'General', 'private' FROM microdaos;
INSERT INTO messages (id, channel_id, matrix_event_id, sender_user_id, sender_type, content_preview, kind)
  SELECT '00000000-0000-7000-8000-000000000004', c.id, '$event', u.id, 'human', 'hello', 'text' FROM channels c, users u`;

type Rows = <R>(sql: string) => Promise<R[]>;

/** All that migrations make: tables with what belongs to them, and schemas, sequences, routines and extensions. */
async function look(rows: Rows): Promise<unknown> {
  const others = await rows(`
    SELECT 'schema' AS kind, nspname::text AS name FROM pg_namespace WHERE nspname !~ '^pg_'
    UNION ALL SELECT 'extension', extname::text FROM pg_extension
    UNION ALL SELECT 'sequence', relname::text FROM pg_class WHERE relkind = 'S'
    UNION ALL SELECT 'routine', proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ORDER BY 1, 2`);
  return { others, tables: await readCatalog(rows, ["public", "matrix"]) };
}

function readSeeds(rows: Rows): Promise<unknown[]> {
  return rows(`
    SELECT b.id AS bundle_id, b.name, c.id AS cap_id, c.code, c.description
      FROM bundles b JOIN bundle_caps ON bundle_id = b.id JOIN capabilities c ON c.id = cap_id ORDER BY 1, 3`);
}

function stateOf(statuses: readonly { name: string; state: string }[], name: string): string | undefined {
  return statuses.find((status) => status.name === name)?.state;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
