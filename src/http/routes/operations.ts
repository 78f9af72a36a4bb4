import { z } from "zod";
import type { ApiScope, RouteDeps } from "../api-scope.ts";
import { createGauges } from "../metrics.ts";
import { readGauges, readUndeliveredSeconds } from "../read-gauges.ts";
import { within } from "../within.ts";

const answerWithinMs = 3_000;
const longestUndeliveredSeconds = 300;

const readySchema = z
  .object({
    ready: z.boolean(),
    parts: z.array(z.object({ name: z.string(), ready: z.boolean(), detail: z.string().optional() })),
  })
  .meta({ id: "Readiness" });

type Readiness = z.infer<typeof readySchema>;

/** For those who run the bridge: no key, and nothing of what is said in the rooms. */
export function operationsRoutes(scope: ApiScope, deps: RouteDeps): void {
  healthRoute(scope);
  readyRoute(scope, deps);
  metricsRoute(scope, deps);
}

function healthRoute(scope: ApiScope): void {
  scope.get(
    "/health",
    {
      schema: {
        operationId: "getHealth",
        summary: "The process is alive",
        tags: ["operations"],
        security: [],
        response: { 200: z.object({ status: z.literal("ok") }) },
      },
    },
    () => ({ status: "ok" as const }),
  );
}

function readyRoute(scope: ApiScope, deps: RouteDeps): void {
  scope.get(
    "/ready",
    {
      schema: {
        operationId: "getReadiness",
        summary: "The bridge can do its work; if not, which part fails",
        tags: ["operations"],
        security: [],
        response: { 200: readySchema, 503: readySchema },
      },
    },
    async (_request, reply) => {
      const readiness = await checkReadiness(deps);
      return reply.code(readiness.ready ? 200 : 503).send(readiness);
    },
  );
}

async function checkReadiness({ database, probes, log }: RouteDeps): Promise<Readiness> {
  const checks = [
    { name: "database", check: () => database.db.$queryRawUnsafe("SELECT 1").then(() => undefined) },
    { name: "delivery", check: () => readUndeliveredSeconds(database.db).then(undeliveredFault) },
    ...probes,
  ];
  const parts = await Promise.all(
    checks.map(async (part) => {
      const { name } = part;
      const result = await within<string | undefined>(answerWithinMs, () => part.check());
      if ("value" in result) return { name, ...partOf(result.value) };
      // The reason may name hosts and users: it goes to the log, not to whoever asks.
      log.warn({ part: name, err: result.error, reason: result.failed }, "a part of the bridge is not ready");
      return {
        name,
        ready: false,
        detail: result.error === undefined ? result.failed : "it failed; see the log",
      };
    }),
  );
  return { ready: parts.every((part) => part.ready), parts };
}

function partOf(fault: string | undefined): { ready: boolean; detail?: string } {
  return fault === undefined ? { ready: true } : { ready: false, detail: fault };
}

function undeliveredFault(seconds: number): string | undefined {
  if (seconds <= longestUndeliveredSeconds) return undefined;
  return `the oldest message has waited ${Math.round(seconds)} s to be delivered`;
}

function metricsRoute(scope: ApiScope, { metrics, database, streams, log }: RouteDeps): void {
  const gauges = createGauges(metrics.registry);
  scope.get("/metrics", { schema: { hide: true } }, async (_request, reply) => {
    const read = await within(answerWithinMs, () => readGauges(database.db));
    const row = "value" in read ? read.value : undefined;
    if ("failed" in read) log.warn({ err: read.error, reason: read.failed }, "the gauges could not be read");
    setGauges(gauges, row);
    gauges.streams.set(streams.count());
    for (const [state, count] of Object.entries(database.pool())) gauges.pool.set({ state }, count);
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

const states = ["queued", "sending", "sent", "failed"];

function setGauges(
  gauges: ReturnType<typeof createGauges>,
  row: Awaited<ReturnType<typeof readGauges>>,
): void {
  gauges.databaseUp.set(row === undefined ? 0 : 1);
  if (row === undefined) return;
  gauges.parked.set({ kind: "edit" }, row.parkedEdits);
  gauges.parked.set({ kind: "reaction" }, row.parkedReactions);
  gauges.parked.set({ kind: "redaction" }, row.parkedRedactions);
  gauges.deadLetters.set(row.deadLetters);
  gauges.undeliveredAge.set(row.undeliveredSeconds);
  gauges.openGaps.set(row.openGaps);
  for (const [state, count] of Object.entries(row.refusedInvitations))
    gauges.refusedInvitations.set({ state }, count);
  gauges.searchQueue.set(row.searchQueue.length);
  gauges.searchQueueAge.set(row.searchQueue.seconds);
  gauges.oldestCheck.set(row.oldestCheckSeconds);
  for (const state of states) gauges.sends.set({ state }, row.sends[state] ?? 0);
  for (const status of ["queued", "started"]) gauges.runs.set({ status }, row.runs[status] ?? 0);
  gauges.rooms.reset();
  for (const [status, count] of Object.entries(row.rooms)) gauges.rooms.set({ status }, count);
}
