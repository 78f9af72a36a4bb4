import { z } from "zod";
import { type DbClient, transact } from "../../db/index.ts";
import {
  cancelRun,
  findRun,
  invokeRun,
  listRuns,
  listSessions,
  type RunView,
  runEnded,
  runMissing,
} from "../../domain/agents/index.ts";
import {
  audit,
  authorize,
  findChannelsAllowed,
  type Principal,
  requireAgent,
  spendQuota,
} from "../../domain/governance/index.ts";
import { decodeId, encodeId } from "../../kernel/ids.ts";
import { randomToken } from "../../kernel/random.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { cursorInvalid } from "../cursor.ts";
import {
  newRunSchema,
  presentRun,
  presentSession,
  runPageSchema,
  runQuery,
  runSchema,
  sessionPageSchema,
} from "../schemas/run.ts";
import { idempotencyHeaders, pageQuery } from "../schemas/values.ts";

const tags = ["runs"];
const reading = "agent.read";
/** Far more than anybody is in. */
const maxChannels = 10_000;
const oneRun = z.object({ runId: z.string() });

/** What agents do, and did. */
export function agentRunRoutes(scope: ApiScope, deps: RouteDeps): void {
  invokeRoute(scope, deps);
  listRoutes(scope, deps);
  oneRoutes(scope, deps);
}

function invokeRoute(scope: ApiScope, { database, runPolicy }: RouteDeps): void {
  scope.post(
    "/agents/:agentId/runs",
    {
      schema: {
        operationId: "createRun",
        summary: "Ask an agent something in a channel",
        description:
          "The agent answers in the channel as soon as it can, in the order in which it is asked there. With an " +
          "Idempotency-Key the same request asks once; repeated, it gives the same run. Capability: `agent.run.invoke`.",
        tags,
        params: z.object({ agentId: z.string() }),
        headers: idempotencyHeaders("The same key asks once."),
        body: newRunSchema,
        response: { 202: runSchema, ...refusals(401, 403, 404, 409, 413, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const { channel, prompt, threadRoot } = request.body;
      const key = `${principal.keyId}:${request.headers["idempotency-key"] ?? randomToken(16)}`;
      const { run, repeated } = await transact(database, principal.actor, async (tx) => {
        const place = await authorize(tx.db, principal, "agent.run.invoke", decodeId("c", channel));
        const { channelId, microdaoId, teamId } = place;
        const { id: agentId } = await requireAgent(tx.db, request.params.agentId);
        const invoked = await invokeRun(tx, { agentId, channelId, prompt, key, threadRoot }, runPolicy);
        if (invoked.repeated) return invoked;
        await spendQuota(tx, { subject: { kind: "key", id: principal.keyId }, what: "runs", amount: 1 });
        await audit(tx, {
          action: "run.invoked",
          resourceKind: "run",
          resourceId: invoked.run.id,
          microdaoId,
          teamId,
          requestId: request.id,
          data: { key_id: principal.keyId, agent_id: encodeId("ag", agentId) },
        });
        return invoked;
      });
      if (repeated) reply.header("idempotency-replayed", "true");
      reply.code(202).header("location", `/v1/runs/${run.id}`);
      return presentRun(run);
    },
  );
}

function listRoutes(scope: ApiScope, { database: { db } }: RouteDeps): void {
  scope.get(
    "/runs",
    {
      schema: {
        operationId: "listRuns",
        summary: "Runs of agents, the newest first",
        description: "Of all channels in which the key has `agent.read`, or of one.",
        tags,
        querystring: runQuery,
        response: { 200: runPageSchema, ...refusals(401, 403, 404, 422, 429, 503) },
      },
    },
    async (request) => {
      const { limit, cursor, channel, agent, status = null } = request.query;
      const agentId = agent === undefined ? null : (await requireAgent(db, agent)).id;
      const runs = await listRuns(db, {
        channelIds: await channelsOf(db, principalOf(request), channel),
        agentId,
        status,
        before: cursor === undefined ? null : encodeId("run", placeOf(cursor)),
        limit: limit + 1,
      });
      const items = runs.slice(0, limit);
      const last = runs.length > limit ? items.at(-1) : undefined;
      return { items: items.map(presentRun), nextCursor: last ? cursorOf(decodeId("run", last.id)) : null };
    },
  );

  scope.get(
    "/agents/:agentId/sessions",
    {
      schema: {
        operationId: "listAgentSessions",
        summary: "Stretches of time in which an agent takes part in channels, the newest first",
        tags,
        params: z.object({ agentId: z.string() }),
        querystring: z.strictObject({ ...pageQuery, channel: z.string().optional() }),
        response: { 200: sessionPageSchema, ...refusals(401, 403, 404, 422, 429, 503) },
      },
    },
    async (request) => {
      const { limit, cursor, channel } = request.query;
      const channelIds = await channelsOf(db, principalOf(request), channel);
      const { id: agentId } = await requireAgent(db, request.params.agentId);
      const before = cursor === undefined ? null : placeOf(cursor);
      const sessions = await listSessions(db, { agentId, channelIds, before, limit: limit + 1 });
      const items = sessions.slice(0, limit);
      const last = sessions.length > limit ? items.at(-1) : undefined;
      return { items: items.map(presentSession), nextCursor: last ? cursorOf(last.id) : null };
    },
  );
}

function oneRoutes(scope: ApiScope, { database }: RouteDeps): void {
  scope.get(
    "/runs/:runId",
    {
      schema: {
        operationId: "getRun",
        summary: "One run",
        tags,
        params: oneRun,
        response: { 200: runSchema, ...refusals(401, 403, 404, 429, 503) },
      },
    },
    async (request) =>
      presentRun(
        await requireRun(database.db, principalOf(request), {
          id: request.params.runId,
          capability: reading,
        }),
      ),
  );

  scope.post(
    "/runs/:runId/cancel",
    {
      schema: {
        operationId: "cancelRun",
        summary: "Stop a run",
        description:
          "Whoever works on it learns of it within a second or two; nothing that it says afterwards is taken. Capability: " +
          "`agent.run.invoke`.",
        tags,
        params: oneRun,
        response: { 200: runSchema, ...refusals(401, 403, 404, 409, 429, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const asked = { id: request.params.runId, capability: "agent.run.invoke" };
      return transact(database, principal.actor, async (tx) => {
        const { id } = await requireRun(tx.db, principal, asked);
        if (!(await cancelRun(tx, { runId: id, by: principal.actor, reason: "stopped by the API" })))
          throw runEnded({});
        return presentRun(await requireRun(tx.db, principal, asked));
      });
    },
  );
}

/** A run in a channel in which the key may do this; one that it may not see is not there. */
async function requireRun(
  db: DbClient,
  principal: Principal,
  { id, capability }: { readonly id: string; readonly capability: string },
): Promise<RunView> {
  const run = decodeId("run", id) === undefined ? undefined : await findRun(db, id);
  if (run === undefined) throw runMissing({});
  await authorize(db, principal, capability, run.channelId);
  return run;
}

async function channelsOf(
  db: DbClient,
  principal: Principal,
  channel: string | undefined,
): Promise<string[]> {
  if (channel !== undefined)
    return [(await authorize(db, principal, reading, decodeId("c", channel))).channelId];
  const range = { microdaoId: null, after: null, limit: maxChannels };
  return (await findChannelsAllowed(db, principal, reading, range)).map(({ id }) => id);
}

/** A uuid as a cursor, and back. */
function cursorOf(uuid: string | undefined): string | null {
  return uuid === undefined ? null : Buffer.from(encodeId("run", uuid)).toString("base64url");
}

function placeOf(cursor: string): string {
  const uuid = decodeId("run", Buffer.from(cursor, "base64url").toString("latin1"));
  if (uuid === undefined) throw cursorInvalid();
  return uuid;
}
