import { z } from "zod";
import { type DbClient, transact } from "../../db/index.ts";
import {
  createSchedule,
  findChannelSettings,
  listSchedules,
  removeChannelSettings,
  removeSchedule,
  type Schedule,
  setChannelSettings,
} from "../../domain/agents/index.ts";
import { authorize, type Principal, requireAgent, seeingCapability } from "../../domain/governance/index.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { channelSettingsSchema, presentSettings } from "../schemas/run.ts";
import { idOf, moment } from "../schemas/values.ts";

const tags = ["agents"];
const managing = "channel.manage";
const place = z.object({ channelId: z.string(), agentId: z.string() });

/** What an agent reacts to in a channel, and when it is asked there by itself. */
export function agentChannelRoutes(scope: ApiScope, deps: RouteDeps): void {
  settingsRoutes(scope, deps);
  removalRoutes(scope, deps);
  scheduleRoutes(scope, deps);
}

const path = "/channels/:channelId/agents/:agentId";

function settingsRoutes(scope: ApiScope, { database }: RouteDeps): void {
  const answers = { 200: channelSettingsSchema, ...refusals(401, 403, 404, 422, 429, 503) };
  scope.get(
    path,
    {
      schema: {
        operationId: "getAgentChannelSettings",
        summary: "What an agent reacts to in a channel",
        tags,
        params: place,
        response: answers,
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const where = await placeOf(database.db, principal, request.params, seeingCapability(principal));
      return presentSettings(await findChannelSettings(database.db, where));
    },
  );
  scope.put(
    path,
    {
      schema: {
        operationId: "setAgentChannelSettings",
        summary: "Set what an agent reacts to in a channel",
        description: "What is left out is as it is where nothing was set. Capability: `channel.manage`.",
        tags,
        params: place,
        body: channelSettingsSchema,
        response: answers,
      },
    },
    async (request) => {
      const principal = principalOf(request);
      return transact(database, principal.actor, async (tx) => {
        const where = await placeOf(tx.db, principal, request.params, managing);
        return presentSettings(await setChannelSettings(tx, where, request.body));
      });
    },
  );
}

function removalRoutes(scope: ApiScope, { database }: RouteDeps): void {
  scope.delete(
    path,
    {
      schema: {
        operationId: "removeAgentChannelSettings",
        summary: "Have an agent react in a channel as where nothing was set",
        tags,
        params: place,
        response: {
          204: z.null().meta({ description: "Nothing is set." }),
          ...refusals(401, 403, 404, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      await transact(database, principal.actor, async (tx) =>
        removeChannelSettings(tx, await placeOf(tx.db, principal, request.params, managing)),
      );
      return reply.code(204).send(null);
    },
  );

  scope.delete(
    `${path}/schedules/:scheduleId`,
    {
      schema: {
        operationId: "removeAgentSchedule",
        summary: "Have an agent not asked at these times any more",
        tags,
        params: place.extend({ scheduleId: z.string() }),
        response: { 204: z.null().meta({ description: "Removed." }), ...refusals(401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const { scheduleId } = request.params;
      await transact(database, principal.actor, async (tx) =>
        removeSchedule(tx, await placeOf(tx.db, principal, request.params, managing), scheduleId),
      );
      return reply.code(204).send(null);
    },
  );
}

const scheduleSchema = z
  .object({
    id: idOf("sched", "The schedule."),
    cron: z.string(),
    timeZone: z.string(),
    prompt: z.string(),
    nextDueAt: moment.nullable(),
    lastDueAt: moment.nullable().meta({ description: "The due time that it fired for last." }),
    createdBy: z.string(),
    createdAt: moment,
  })
  .meta({ id: "AgentSchedule" });

const newScheduleSchema = z
  .strictObject({
    cron: z
      .string()
      .min(9)
      .max(120)
      .meta({ description: "Five fields: minute, hour, day, month, weekday.", examples: ["0 9 * * 1-5"] }),
    timeZone: z
      .string()
      .min(1)
      .max(64)
      .default("UTC")
      .meta({ examples: ["Europe/Kyiv"] }),
    prompt: z
      .string()
      .min(1)
      .max(4_000)
      .refine((text) => text.isWellFormed() && !text.includes("\0"), "prompt is not text that can be stored.")
      .meta({ description: "What the agent is asked." }),
  })
  .meta({ id: "NewAgentSchedule" });

function scheduleRoutes(scope: ApiScope, { database }: RouteDeps): void {
  scope.get(
    `${path}/schedules`,
    {
      schema: {
        operationId: "listAgentSchedules",
        summary: "When an agent is asked by itself in a channel",
        description: "Capability: `channel.manage`, because schedules hold what is asked.",
        tags,
        params: place,
        response: { 200: z.object({ items: z.array(scheduleSchema) }), ...refusals(401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const where = await placeOf(database.db, principalOf(request), request.params, managing);
      const items = await listSchedules(database.db, where.agentId, where.channelId);
      return { items: items.map(presentSchedule) };
    },
  );
  scope.post(
    `${path}/schedules`,
    {
      schema: {
        operationId: "createAgentSchedule",
        summary: "Have an agent asked at times",
        description:
          "Each due time fires once; what was missed while the bridge stood still fires once in all.",
        tags,
        params: place,
        body: newScheduleSchema,
        response: { 201: scheduleSchema, ...refusals(401, 403, 404, 409, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const made = await transact(database, principal.actor, async (tx) =>
        createSchedule(tx, {
          ...(await placeOf(tx.db, principal, request.params, managing)),
          ...request.body,
        }),
      );
      reply.code(201);
      return presentSchedule(made);
    },
  );
}

async function placeOf(
  db: DbClient,
  principal: Principal,
  named: z.output<typeof place>,
  capability: string,
): Promise<{ agentId: string; channelId: string; microdaoId: string; teamId: string | null }> {
  const { channelId, microdaoId, teamId } = await authorize(
    db,
    principal,
    capability,
    decodeId("c", named.channelId),
  );
  const { id: agentId } = await requireAgent(db, named.agentId);
  return { agentId, channelId, microdaoId, teamId };
}

function presentSchedule(schedule: Schedule): z.output<typeof scheduleSchema> {
  const { id, cron, timeZone, prompt, nextDueAt, lastDueAt, createdBy, createdAt } = schedule;
  const times = { nextDueAt: nextDueAt?.toISOString() ?? null, lastDueAt: lastDueAt?.toISOString() ?? null };
  return { id, cron, timeZone, prompt, ...times, createdBy, createdAt: createdAt.toISOString() };
}
