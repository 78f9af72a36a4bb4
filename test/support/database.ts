import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { inject } from "vitest";
import { startEmbeddedDatabase } from "../../src/db/embedded/index.ts";
import { newUuid } from "../../src/kernel/ids.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { copyEmbeddedTemplate } from "./embedded-template.ts";
import type { NativeServer } from "./global-setup.ts";

export interface TestDatabase {
  readonly url: string;
  readonly kind: "native" | "embedded";
  /** Ends it and whatever is still connected. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** Without any migration, instead of migrated and seeded. */
  readonly empty?: boolean;
}

/**
 * A database of this test's own, migrated and seeded. `native` and `default` are one on the shared PostgreSQL server
 * (0.1 s each), or an embedded one where there is no server; `embedded` is one of PGlite (0.5 s each, 150 MB of memory).
 */
export async function createTestDatabase(
  kind: "native" | "embedded" | "default" = "default",
  options: TestDatabaseOptions = {},
): Promise<TestDatabase> {
  const server = inject("nativeServer");
  const isEmpty = options.empty === true;
  return kind === "embedded" || server === null ? createEmbedded(isEmpty) : createNative(server, isEmpty);
}

async function createNative(server: NativeServer, isEmpty: boolean): Promise<TestDatabase> {
  const name = `test_${newUuid(new Date()).replaceAll("-", "")}`;
  await onServer(server, `CREATE DATABASE ${name} TEMPLATE ${isEmpty ? "template0" : server.template}`);
  const url = new URL(server.adminUrl);
  url.pathname = `/${name}`;
  return {
    url: url.toString(),
    kind: "native",
    drop: () => onServer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function onServer(server: NativeServer, sql: string): Promise<void> {
  const client = new Client({ connectionString: server.adminUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function createEmbedded(isEmpty: boolean): Promise<TestDatabase> {
  const parent = await mkdtemp(join(tmpdir(), "microdao-embedded-"));
  const directory = join(parent, "postgres");
  await copyEmbeddedTemplate(isEmpty ? "empty" : "migrated", directory);
  const database = await startEmbeddedDatabase({ directory, log: silentLog });
  return {
    url: database.url,
    kind: "embedded",
    async drop() {
      await database.close();
      await rm(parent, { recursive: true, force: true });
    },
  };
}
