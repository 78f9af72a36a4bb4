import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import { randomNumber } from "../kernel/random.ts";

/** That a process lives, as others see it who have the same database. */
export interface Presence {
  /** What the process writes into `leased_by` of what it works on. */
  readonly holder: string;
  close(): Promise<void>;
}

const presenceClass = 7_243_002;
const againMs = 250;

/**
 * Holds an advisory lock for as long as the process lives, on a connection of its own: the server lets go of it in the
 * moment in which the process ends, however it ends. A connection that is lost is made again, so a lock that is not held is
 * a strong hint and no proof: whoever believes it must be safe when the process lives after all. Through a pooler, and on the
 * embedded database, a lock may outlive its process; then nobody is missed, and leases run out as ever.
 */
export async function openPresence(options: {
  readonly url: string;
  /** For people who look, such as `host:pid`. */
  readonly name: string;
  readonly log: Log;
}): Promise<Presence> {
  const key = randomNumber(2 ** 31 - 1);
  const url = new URL(options.url);
  url.searchParams.delete("statement_cache_size");
  const closing = new AbortController();
  const state: { client: Client | undefined; again: Promise<void> } = {
    client: undefined,
    again: Promise.resolve(),
  };
  const hold = async () => {
    const client = new Client({
      connectionString: url.toString(),
      application_name: "microdao-presence",
      connectionTimeoutMillis: 3_000,
      keepAlive: true,
    });
    client.on("error", () => undefined);
    client.on("end", () => {
      if (state.client !== client || closing.signal.aborted) return;
      state.again = holdAgain();
    });
    await client.connect();
    state.client = client;
    // After a lost connection this waits until the server has noticed.
    await client.query("SELECT pg_advisory_lock($1, $2)", [presenceClass, key]);
  };
  const holdAgain = async () => {
    options.log.warn({}, "the connection that shows that this process lives was lost");
    while (!closing.signal.aborted) {
      const held = await hold().then(
        () => true,
        (error: unknown) => {
          options.log.debug({ reason: messageOf(error) }, "it could not be made again yet");
          return false;
        },
      );
      if (held) return;
      await sleep(againMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  };
  await hold();
  return {
    holder: `${options.name}#${key}`,
    async close() {
      closing.abort();
      await state.client?.end();
      await state.again;
    },
  };
}

/** SQL: whether the process that called itself so (`Presence.holder`) is not there any more; false for any other name. */
export function isGone(holder: string): string {
  return `(${holder} ~ '#[0-9]{1,10}$' AND NOT EXISTS (
    SELECT FROM pg_locks l
     WHERE l.locktype = 'advisory' AND l.classid = ${presenceClass} AND l.objsubid = 2
       AND l.objid = substring(${holder} FROM '[0-9]+$')::oid
       AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())))`;
}
