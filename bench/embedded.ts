import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { startEmbeddedDatabase } from "../src/db/embedded/index.ts";
import { measure, type Summary } from "./measure.ts";
import type { Options } from "./options.ts";
import { startOurs } from "./ours.ts";
import { perTransaction } from "./scenarios.ts";

/** The embedded database is an order of magnitude slower, so its rounds are shorter. */
const share = 0.2;

/**
 * Ours on the embedded database (PGlite), which runs in a thread of this process and is reached over its socket, as
 * under `npm start`. No other program takes part: there is no native PostgreSQL to share.
 */
export async function runEmbedded(
  homeserverUrl: string,
  options: Options,
  say: (line: string) => void,
): Promise<{ ours?: Summary }> {
  say("embedded database");
  const directory = await mkdtemp(join(tmpdir(), "microdao-bench-embedded-"));
  const log = pino({ level: "warn" }, pino.destination(2));
  const database = await startEmbeddedDatabase({ directory: join(directory, "postgres"), log });
  try {
    const program = await startOurs("ours", { databaseUrl: database.url, homeserverUrl, rows: 0 });
    const size = { events: () => Math.max(1000, options.events * share), perTransaction };
    try {
      return await measure([program], size, { rounds: options.rounds, say });
    } finally {
      await program.stop();
    }
  } finally {
    await database.close();
    await rm(directory, { recursive: true, force: true });
  }
}
