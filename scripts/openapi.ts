import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Fastify from "fastify";
import { openDatabase } from "../src/db/index.ts";
import { apiServerOptions, createMetrics, registerApi } from "../src/http/index.ts";
import { systemClock } from "../src/kernel/clock.ts";
import { bug } from "../src/kernel/errors.ts";
import { silentLog } from "../src/kernel/log.ts";
import { renderClientTypes } from "./openapi/client-types.ts";

/**
 * Writes `docs/openapi.json` as the server would show it at `/openapi.json`, and the types of the client from it. With
 * `--check` it writes nothing and exits with 1 when a file is not what the routes say.
 */
const description = await describeApi();
keep("docs/openapi.json", `${JSON.stringify(description, undefined, 2)}\n`);
keep("packages/client/src/openapi.ts", await renderClientTypes(description));

function keep(name: string, text: string): void {
  const path = join(import.meta.dirname, "..", name);
  if (read(path) === text) return;
  if (process.argv.includes("--check")) {
    process.stdout.write(`${name} is stale: run node scripts/openapi.ts\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, text);
    process.stdout.write(`${name} written\n`);
  }
}

async function describeApi(): Promise<object> {
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
  return description;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
