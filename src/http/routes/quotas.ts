import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { type DbClient, transact } from "../../db/index.ts";
import {
  actsForAll,
  agentMissing,
  authorizeKey,
  authorizeMicrodao,
  findAgent,
  microdaoHidden,
  ownQuota,
  type Principal,
  type QuotaLimit,
  type QuotaSubject,
  quotaPeriods,
  quotaWhats,
  readUsage,
  requireCapability,
  setQuotas,
} from "../../domain/governance/index.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";

const amount = z.number().min(0).max(1e12);
const perPeriod = <T extends z.ZodType>(value: T) => z.object({ minute: value, hour: value, day: value });

const usageSchema = z
  .object({
    items: z.array(
      z.object({
        what: z.enum(quotaWhats).meta({ description: "`tokens` of language models, `money` in US dollars." }),
        used: perPeriod(z.number()).meta({ description: "In the minute, hour and day of now, in UTC." }),
        limits: perPeriod(z.number().nullable()).meta({ description: "Null is without limit." }),
      }),
    ),
  })
  .meta({ id: "Usage" });

const quotasSchema = z
  .strictObject({
    quotas: z
      .array(
        z.strictObject({
          what: z.enum(quotaWhats),
          period: z.enum(quotaPeriods),
          amount: amount.nullable().meta({ description: "At most so much; null is without limit." }),
        }),
      )
      .max(quotaWhats.length * quotaPeriods.length)
      .refine(
        (quotas) => new Set(quotas.map(({ what, period }) => `${what} ${period}`)).size === quotas.length,
        "Each thing has one quota for a period.",
      ),
  })
  .meta({ id: "Quotas" });

const meaning =
  "All the quotas it has of its own; what is not named is as it is for all (`QUOTA_AGENT`, `QUOTA_KEY`). They count from " +
  "the next use on. Nobody sets quotas of their own.";

/** How much keys and agents may use, and what they have used. */
export function quotaRoutes(scope: ApiScope, deps: RouteDeps): void {
  agentRoutes(scope, deps);
  keyRoutes(scope, deps);
}

function agentRoutes(scope: ApiScope, deps: RouteDeps): void {
  const params = z.object({ agentId: z.string().meta({ description: "`ag_…` or `agent:sofia`." }) });
  const { db } = deps.database;
  scope.get(
    "/agents/:agentId/usage",
    {
      schema: {
        operationId: "getAgentUsage",
        summary: "What an agent has used, and how much it may",
        description: "Needs `agent.read`, except for the agent itself.",
        tags: ["agents"],
        params,
        response: { 200: usageSchema, ...refusals(401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const holder = await holdingAgent(db, principalOf(request), request.params.agentId, "agent.read");
      return show(deps, holder);
    },
  );
  scope.put(
    "/agents/:agentId/quotas",
    {
      schema: {
        operationId: "setAgentQuotas",
        summary: "Set how much an agent may use",
        description: `Needs \`agent.manage\`. ${meaning}`,
        tags: ["agents"],
        params,
        body: quotasSchema,
        response: { 200: usageSchema, ...refusals(401, 403, 404, 422, 429, 503) },
      },
    },
    (request) =>
      set(deps, request, request.body.quotas, (client, principal) =>
        holdingAgent(client, principal, request.params.agentId, "agent.manage"),
      ),
  );
}

function keyRoutes(scope: ApiScope, deps: RouteDeps): void {
  const params = z.object({
    keyId: z.string().max(100).meta({ description: "`ak_…`, without the secret." }),
  });
  const { db } = deps.database;
  scope.get(
    "/keys/:keyId/usage",
    {
      schema: {
        operationId: "getKeyUsage",
        summary: "What a key has used, and how much it may",
        description: "Needs `key.manage`, except for the key in use.",
        tags: ["access keys"],
        params,
        response: { 200: usageSchema, ...refusals(401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const key = await authorizeKey(db, principalOf(request), request.params.keyId, { own: true });
      return show(deps, { kind: "key", id: key.id, microdaoId: key.microdaoId });
    },
  );
  scope.put(
    "/keys/:keyId/quotas",
    {
      schema: {
        operationId: "setKeyQuotas",
        summary: "Set how much a key may use",
        description: `Needs \`key.manage\`. ${meaning}`,
        tags: ["access keys"],
        params,
        body: quotasSchema,
        response: { 200: usageSchema, ...refusals(401, 403, 404, 422, 429, 503) },
      },
    },
    (request) =>
      set(deps, request, request.body.quotas, async (client, principal) => {
        const key = await authorizeKey(client, principal, request.params.keyId, { own: false });
        return { kind: "key", id: key.id, microdaoId: key.microdaoId };
      }),
  );
}

type Holder = QuotaSubject & { readonly microdaoId: string | null };

/** An agent that the key has nothing to do with is not there. */
async function holdingAgent(
  db: DbClient,
  principal: Principal,
  name: string,
  capability: "agent.read" | "agent.manage",
): Promise<Holder> {
  const agent = await findAgent(db, name);
  const isItself = agent !== undefined && principal.subject.uuid === agent.id;
  if (!(isItself && capability === "agent.read")) requireCapability(principal, capability);
  if (agent === undefined) throw agentMissing({ agent: name });
  const holder = { kind: "agent", id: agent.id, microdaoId: agent.microdaoId } as const;
  if (isItself || actsForAll(principal)) return holder;
  try {
    await authorizeMicrodao(db, principal, capability, agent.microdaoId ?? undefined);
  } catch (error) {
    throw microdaoHidden.is(error) ? agentMissing({ agent: name }, { cause: error }) : error;
  }
  return holder;
}

function set(
  deps: RouteDeps,
  request: FastifyRequest,
  limits: readonly QuotaLimit[],
  find: (db: DbClient, principal: Principal) => Promise<Holder>,
) {
  const principal = principalOf(request);
  return transact(deps.database, principal.actor, async (tx) => {
    const holder = await find(tx.db, principal);
    if (holder.id === principal.keyId || holder.id === principal.subject.uuid) throw ownQuota({});
    await setQuotas(tx, { ...holder, requestId: request.id }, limits);
    return { items: await readUsage(tx.db, holder, tx.now) };
  });
}

async function show({ database: { db, clock } }: RouteDeps, holder: Holder) {
  return { items: await readUsage(db, holder, clock.now()) };
}
