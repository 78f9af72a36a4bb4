import Fastify from "fastify";
import { apiServerOptions, createMetrics, registerApi } from "../../src/http/index.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { noMedia } from "../support/no-media.ts";
import type { ProgramsWorld } from "./programs-world.ts";

/** The API of a world on a port of its own, to be stopped and started again. */
export async function serveApi(
  { api, words }: ProgramsWorld,
  port = 0,
): Promise<{ url: string; port: number; stop(): Promise<void> }> {
  const app = Fastify({ ...apiServerOptions, forceCloseConnections: true });
  registerApi(app, {
    database: api.database,
    secretsKey: new Uint8Array(32).fill(9),
    log: silentLog,
    metrics: createMetrics(),
    probes: [],
    media: noMedia,
    wakeEgress: () => undefined,
    readQuestion: ({ eventId }) => {
      const said = words.get(eventId);
      return said instanceof Error ? Promise.reject(said) : Promise.resolve(said);
    },
    rateLimit: { perSecond: 10_000, burst: 10_000 },
    streamLimits: { heartbeatMs: 200, recheckMs: 100 },
  });
  const url = await app.listen({ port, host: "127.0.0.1" });
  return { url, port: Number(new URL(url).port), stop: () => app.close() };
}
