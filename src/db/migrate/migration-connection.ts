import { Client, type ClientConfig, DatabaseError } from "pg";
import { messageOf } from "../../kernel/errors.ts";
import { databaseUnreachable, migrationLocked } from "./errors.ts";

/** The key of Prisma's own advisory lock, so that `prisma migrate deploy` and this runner exclude each other too. */
const lockKey = 72_707_369;
const lockPatienceMs = 60_000;
const lockRetryMs = 250;

/**
 * How long a statement waits for a table that others use. A waiting ALTER TABLE stops everybody behind it, so it gives
 * up soon; nothing has changed then, and the migration can be repeated.
 */
const tableLockTimeout = "10s";

/** Connects, does the work, disconnects. Throws `database_unreachable` when the server cannot be reached. */
export async function withMigrationClient<T>(
  databaseUrl: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client(configOf(databaseUrl));
  client.on("error", () => undefined); // a lost connection fails the statement that runs, which is enough
  try {
    await client.connect();
  } catch (error) {
    throw databaseUnreachable({ where: whereIs(client), why: messageOf(error) }, { cause: error });
  }
  try {
    await client.query("SET TIME ZONE 'UTC'");
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The database's address without the password. */
function whereIs({ host, port, database }: Client): string {
  return `${database ?? ""} on ${host}:${port}`;
}

function configOf(databaseUrl: string): ClientConfig {
  return {
    connectionString: databaseUrl,
    application_name: "microdao migrate",
    connectionTimeoutMillis: 10_000,
  };
}

/**
 * Does the work while no other process migrates this database. The lock belongs to the session: it ends with the
 * connection, whatever happens to the process. On the embedded database it excludes nobody, which does no harm: there
 * is one session, and every transaction of it excludes all others.
 */
export async function withMigrationLock<T>(client: Client, work: () => Promise<T>): Promise<T> {
  for (let waitedMs = 0; !(await tryLock(client)); waitedMs += lockRetryMs) {
    if (waitedMs >= lockPatienceMs) throw migrationLocked({ seconds: lockPatienceMs / 1000 });
    await new Promise((wake) => setTimeout(wake, lockRetryMs));
  }
  try {
    return await work();
  } finally {
    await client.query("SELECT pg_advisory_unlock($1)", [lockKey]).catch(() => undefined);
  }
}

async function tryLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>("SELECT pg_try_advisory_lock($1) AS locked", [
    lockKey,
  ]);
  return rows[0]?.locked === true;
}

/** One database transaction on the client: commits what `work` did, or nothing of it. */
export async function inTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query("BEGIN");
  try {
    await client.query(`SET LOCAL lock_timeout = '${tableLockTimeout}'`);
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

/** Where in a script an error happened, for a message: ", line 12". Empty when the server did not say. */
export function lineOf(error: unknown, sql: string): string {
  if (!(error instanceof DatabaseError) || error.position === undefined) return "";
  return `, line ${sql.slice(0, Number(error.position)).split("\n").length}`;
}
