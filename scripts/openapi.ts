import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Fastify from "fastify";
import { openDatabase } from "../src/db/index.ts";
import { apiServerOptions, createMetrics, registerApi } from "../src/http/index.ts";
import { systemClock } from "../src/kernel/clock.ts";
import { bug } from "../src/kernel/errors.ts";
import { silentLog } from "../src/kernel/log.ts";

/**
 * Writes `docs/openapi.json` as the server would show it at `/openapi.json`. With `--check` it writes nothing and exits
 * with 1 when the file is not what the routes say.
 */
const path = join(import.meta.dirname, "../docs/openapi.json");
const text = await describeApi();

if (read() !== text) {
  if (process.argv.includes("--check")) {
    process.stdout.write("docs/openapi.json is stale: run node scripts/openapi.ts\n");
    process.exitCode = 1;
  } else {
    writeFileSync(path, text);
    process.stdout.write("docs/openapi.json written\n");
  }
}

async function describeApi(): Promise<string> {
  const app = Fastify(apiServerOptions);
  // Never connected to: nothing is asked but the description.
  const url = "postgresql://nobody@127.0.0.1:1/none";
  registerApi(app, {
    database: openDatabase({ url, poolSize: 1, clock: systemClock, log: silentLog }),
    secretsKey: new Uint8Array(32),
    log: silentLog,
    metrics: createMetrics(),
    probes: [],
    media: { source: { open: () => Promise.reject(bug("nothing is asked for files")) }, linkMs: 1 },
    wakeEgress: () => undefined,
  });
  const description = (await app.inject("/openapi.json")).json<object>();
  await app.close();
  return `${JSON.stringify(description, undefined, 2)}\n`;
}

function read(): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
