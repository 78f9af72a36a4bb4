import { z } from "zod";
import {
  type Agent,
  agentHidden,
  authorizeAgent,
  authorizeMicrodaos,
  findAgentRequest,
  findAgentsAllowed,
  isOperator,
  type Principal,
  readAgentChanges,
  readAgents,
} from "../../domain/governance/index.ts";
import { findMicrodao } from "../../domain/tenancy/index.ts";
import { decodeId, encodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import {
  agentChangePageSchema,
  agentDetailSchema,
  agentPageSchema,
  presentAgent,
  presentAgentChange,
  presentRequest,
} from "../schemas/agent.ts";
import { microdaoName } from "../schemas/new-channel.ts";
import { pageQuery } from "../schemas/values.ts";

export const namedAgent = z.object({
  agentId: z.string().meta({ description: "`ag_…`, `agent:sofia` or its Matrix id." }),
});

const listQuery = z.strictObject({
  ...pageQuery,
  microdao: microdaoName.optional().meta({ description: "Only agents of this microDAO." }),
  status: z.enum(["requested", "active", "suspended", "revoked"]).optional(),
});

/** Agents as a key may see them. */
export function agentRoutes(scope: ApiScope, deps: RouteDeps): void {
  listRoute(scope, deps);
  changesRoute(scope, deps);
  scope.get(
    "/agents/:agentId",
    {
      schema: {
        operationId: "getAgent",
        summary: "One agent",
        tags: ["agents"],
        params: namedAgent,
        response: { 200: agentDetailSchema, ...refusals(401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const agent = await authorizeAgent(deps.database.db, principal, "agent.read", request.params.agentId);
      return showAgent(deps, principal, agent.id);
    },
  );
}

function listRoute(scope: ApiScope, deps: RouteDeps): void {
  const { database } = deps;
  scope.get(
    "/agents",
    {
      schema: {
        operationId: "listAgents",
        summary: "The agents of the microDAOs that the key has to do with, oldest first",
        tags: ["agents"],
        querystring: listQuery,
        response: { 200: agentPageSchema, ...refusals(401, 403, 422, 429, 503) },
      },
    },
    async (request) => {
      const { limit, cursor, microdao, status = null } = request.query;
      const principal = principalOf(request);
      const wanted = microdao === undefined ? undefined : await findMicrodao(database.db, microdao);
      if (microdao !== undefined && wanted === undefined) return { items: [], nextCursor: null };
      const places = await findAgentsAllowed(database.db, principal, "agent.read", {
        microdaoId: wanted?.id ?? null,
        status,
        after: decodeCursor(cursor),
        limit: limit + 1,
      });
      const page = places.slice(0, limit);
      const agents = await readAgents(
        database.db,
        page.map(({ id }) => id),
      );
      const open = await openTo(deps, principal, agents);
      const last = page.at(-1);
      return {
        items: agents.map((agent) => presentAgent(agent, open(agent))),
        nextCursor: places.length > limit && last !== undefined ? encodeCursor(last) : null,
      };
    },
  );
}

function changesRoute(scope: ApiScope, { database }: RouteDeps): void {
  scope.get(
    "/agents/:agentId/changes",
    {
      schema: {
        operationId: "listAgentChanges",
        summary: "What was decided about an agent, by whom and why, oldest first",
        tags: ["agents"],
        params: namedAgent,
        querystring: z.strictObject(pageQuery),
        response: { 200: agentChangePageSchema, ...refusals(401, 403, 404, 422, 429, 503) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const agent = await authorizeAgent(
        database.db,
        principalOf(request),
        "agent.read",
        request.params.agentId,
      );
      const place = decodeCursor(cursor);
      const after = place && { createdUs: place.createdUs, id: encodeId("agc", place.id) };
      const found = await readAgentChanges(database.db, agent.id, { after, limit: limit + 1 });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const uuid = last && decodeId("agc", last.id);
      return {
        items: page.map(presentAgentChange),
        nextCursor:
          found.length > limit && last !== undefined && uuid !== undefined
            ? encodeCursor({ createdUs: last.createdUs, id: uuid })
            : null,
      };
    },
  );
}

/** An agent (uuid) as this key may see it. */
export async function showAgent(deps: RouteDeps, principal: Principal, id: string) {
  const { db } = deps.database;
  const [agent] = await readAgents(db, [id]);
  if (agent === undefined) throw agentHidden({});
  const open = await openTo(deps, principal, [agent]);
  return { ...presentAgent(agent, open(agent)), request: presentRequest(await findAgentRequest(db, id)) };
}

/** Which of these agents are shown with their prompts. */
async function openTo(
  { database: { db } }: RouteDeps,
  principal: Principal,
  agents: readonly Agent[],
): Promise<(agent: Agent) => boolean> {
  const owners = agents.flatMap(({ microdaoId }) => (microdaoId === null ? [] : [microdaoId]));
  const managed = await authorizeMicrodaos(db, principal, "agent.manage", [...new Set(owners)]);
  const operates = isOperator(principal) && principal.capabilities.has("agent.manage");
  return ({ microdaoId }) => (microdaoId === null ? operates : managed.has(microdaoId));
}
