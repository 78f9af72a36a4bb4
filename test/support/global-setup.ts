import { Client } from "pg";
import type { TestProject } from "vitest/node";
import { migrateDatabase } from "../../src/cli/migrate/migrate-database.ts";
import { findPostgres, startCluster } from "./postgres.ts";

/** What the tests are told about the PostgreSQL server that they share. */
export interface NativeServer {
  /** A database of the server, from which others are created and dropped. */
  readonly adminUrl: string;
  /** The name of a migrated and seeded database, to be cloned. */
  readonly template: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    /** Null when no PostgreSQL is to be had: tests then run on the embedded one. */
    nativeServer: NativeServer | null;
  }
}

interface SharedServer {
  users: number;
  readonly running: Promise<RunningServer>;
}

interface RunningServer {
  readonly server: NativeServer | null;
  readonly stop: () => Promise<void>;
}

/** Each project of the run calls `setup` on a copy of this module; what they share hangs on the process. */
const everywhere = globalThis as typeof globalThis & { microdaoTestServer?: SharedServer };

/**
 * One PostgreSQL for the whole run: the server that TEST_DATABASE_URL names (its user must be allowed to create databases
 * and the extension vector), else a throw-away cluster of the PostgreSQL that is installed here.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (everywhere.microdaoTestServer ??= { users: 0, running: startServer() });
  shared.users += 1;
  const { server, stop } = await shared.running;
  project.provide("nativeServer", server);
  return async () => {
    shared.users -= 1;
    if (shared.users === 0) await stop();
  };
}

async function startServer(): Promise<RunningServer> {
  const given = process.env["TEST_DATABASE_URL"] ?? "";
  if (given !== "") {
    const server = await makeTemplate(given);
    return { server, stop: () => execute(given, `DROP DATABASE ${server.template}`) };
  }
  if (findPostgres() === undefined) {
    console.warn(
      "No PostgreSQL ≥ 15 with pgvector on this machine: the tests use the embedded one. TEST_DATABASE_URL can name a server.",
    );
    return { server: null, stop: () => Promise.resolve() };
  }
  const cluster = await startCluster();
  return { server: await makeTemplate(cluster.url()), stop: () => cluster.dispose() };
}

async function makeTemplate(adminUrl: string): Promise<NativeServer> {
  const template = `microdao_template_${process.pid}`;
  await execute(adminUrl, `DROP DATABASE IF EXISTS ${template}`);
  await execute(adminUrl, `CREATE DATABASE ${template} TEMPLATE template0 ENCODING 'UTF8'`);
  const url = new URL(adminUrl);
  url.pathname = `/${template}`;
  await migrateDatabase(url.toString());
  return { adminUrl, template };
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
