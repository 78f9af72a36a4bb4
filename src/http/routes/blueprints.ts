import { z } from "zod";
import { type Tx, transact } from "../../db/index.ts";
import {
  authorizeAgentPlace,
  authorizeMicrodaos,
  type Blueprint,
  blueprintMissing,
  createBlueprint,
  editBlueprint,
  findBlueprint,
  findBlueprintsAllowed,
  isOperator,
  madeOnce,
  type Principal,
  requireBlueprint,
  requireCapability,
  requireNoAgent,
} from "../../domain/governance/index.ts";
import { findMicrodao } from "../../domain/tenancy/index.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { requireOperator } from "../require-operator.ts";
import {
  blueprintEditSchema,
  blueprintPageSchema,
  blueprintSchema,
  newBlueprintSchema,
  presentBlueprint,
} from "../schemas/blueprint.ts";
import { onceHeaders } from "../schemas/new-channel.ts";
import { pageQuery } from "../schemas/values.ts";

const named = z.object({ blueprintId: z.string().meta({ description: "`abp_…` or its code." }) });

/** Kinds of agents. */
export function blueprintRoutes(scope: ApiScope, deps: RouteDeps): void {
  readingRoutes(scope, deps);
  editRoute(scope, deps);
  const { database } = deps;
  scope.post(
    "/blueprints",
    {
      schema: {
        operationId: "createBlueprint",
        summary: "Make a blueprint of agents",
        description:
          "Needs `agent.manage` in its microDAO; one that everybody may use is made by an operator's key.",
        tags: ["agents"],
        headers: onceHeaders,
        body: newBlueprintSchema,
        response: { 201: blueprintSchema, ...refusals(401, 403, 404, 409, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const { microdao, ...body } = request.body;
      const key = request.headers["idempotency-key"];
      const owner = microdao === undefined ? undefined : await findMicrodao(database.db, microdao);
      const made = await transact(database, principal.actor, async (tx) => {
        const microdaoId = await requireOwner(tx, principal, microdao === undefined ? null : owner?.id);
        const idempotency =
          key === undefined ? undefined : { scope: `blueprint ${principal.subject.id}`, key };
        return madeOnce(tx, idempotency, [body, microdaoId], async () => {
          return (await createBlueprint(tx, { ...body, microdaoId, requestId: request.id })).id;
        });
      });
      if (made.repeated) reply.header("idempotency-replayed", "true");
      const blueprint = await requireBlueprint(database.db, made.id);
      reply.code(201).header("location", `/v1/blueprints/${blueprint.code}`);
      return presentBlueprint(blueprint, true);
    },
  );
}

function editRoute(scope: ApiScope, deps: RouteDeps): void {
  const { database } = deps;
  scope.patch(
    "/blueprints/:blueprintId",
    {
      schema: {
        operationId: "editBlueprint",
        summary: "Change a blueprint",
        description:
          "Its agents follow from their next question on, as far as they have no settings of their own.",
        tags: ["agents"],
        params: named,
        body: blueprintEditSchema,
        response: { 200: blueprintSchema, ...refusals(401, 403, 404, 422, 429, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const { blueprint } = await requireVisible(deps, principal, request.params.blueprintId);
      const edited = await transact(database, principal.actor, async (tx) => {
        await requireOwner(tx, principal, blueprint.microdaoId);
        return editBlueprint(tx, blueprint.id, request.body, request.id);
      });
      return presentBlueprint(edited, true);
    },
  );
}

function readingRoutes(scope: ApiScope, deps: RouteDeps): void {
  const { database } = deps;
  scope.get(
    "/blueprints",
    {
      schema: {
        operationId: "listBlueprints",
        summary: "The blueprints that the key may use, oldest first",
        tags: ["agents"],
        querystring: z.strictObject(pageQuery),
        response: { 200: blueprintPageSchema, ...refusals(401, 403, 422, 429, 503) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const principal = principalOf(request);
      const range = { after: decodeCursor(cursor), limit: limit + 1 };
      const found = await findBlueprintsAllowed(database.db, principal, range);
      const page = found.slice(0, limit);
      const open = await openTo(deps, principal, page);
      const last = page.at(-1);
      return {
        items: page.map((blueprint) => presentBlueprint(blueprint, open(blueprint))),
        nextCursor: found.length > limit && last !== undefined ? encodeCursor(last) : null,
      };
    },
  );

  scope.get(
    "/blueprints/:blueprintId",
    {
      schema: {
        operationId: "getBlueprint",
        summary: "One blueprint",
        tags: ["agents"],
        params: named,
        response: { 200: blueprintSchema, ...refusals(401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const { blueprint, openly } = await requireVisible(deps, principal, request.params.blueprintId);
      return presentBlueprint(blueprint, openly);
    },
  );
}

/** Lets the key make or change a blueprint of this microDAO (uuid), or of everybody (null). */
async function requireOwner(
  tx: Tx,
  principal: Principal,
  microdaoId: string | null | undefined,
): Promise<string | null> {
  requireCapability(principal, "agent.manage");
  requireNoAgent(principal);
  if (microdaoId === null) {
    requireOperator(principal);
    return null;
  }
  const place = await authorizeAgentPlace(tx.db, principal, "agent.manage", { microdaoId, teamId: null });
  return place.microdaoId;
}

async function requireVisible({ database: { db } }: RouteDeps, principal: Principal, name: string) {
  requireCapability(principal, "agent.read");
  const blueprint = await findBlueprint(db, name);
  if (blueprint === undefined) throw blueprintMissing({ blueprint: name });
  const { microdaoId } = blueprint;
  const seen =
    microdaoId === null ||
    (await authorizeMicrodaos(db, principal, "agent.read", [microdaoId])).has(microdaoId);
  if (!seen) throw blueprintMissing({ blueprint: name });
  return { blueprint, openly: (await openTo({ database: { db } }, principal, [blueprint]))(blueprint) };
}

/** Which of these blueprints are shown with their prompts. */
async function openTo(
  { database: { db } }: { readonly database: Pick<RouteDeps["database"], "db"> },
  principal: Principal,
  blueprints: readonly Blueprint[],
): Promise<(blueprint: Blueprint) => boolean> {
  const owners = blueprints.flatMap(({ microdaoId }) => (microdaoId === null ? [] : [microdaoId]));
  const managed = await authorizeMicrodaos(db, principal, "agent.manage", [...new Set(owners)]);
  const operates = isOperator(principal) && principal.capabilities.has("agent.manage");
  return ({ microdaoId }) => (microdaoId === null ? operates : managed.has(microdaoId));
}
