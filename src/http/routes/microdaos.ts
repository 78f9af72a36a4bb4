import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { transact } from "../../db/index.ts";
import {
  authorizeMicrodao,
  findMicrodaosAllowed,
  microdaoHidden,
  requireCapability,
} from "../../domain/governance/index.ts";
import { foundMicrodao, readMicrodaos } from "../../domain/messaging/index.ts";
import { ensureUserByMatrixId, findMatrixIdOf, findMicrodao } from "../../domain/tenancy/index.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { ownerRequired } from "../errors.ts";
import {
  microdaoPageSchema,
  microdaoSchema,
  newMicrodaoSchema,
  presentMicrodao,
} from "../schemas/microdao.ts";
import { onceHeaders } from "../schemas/new-channel.ts";
import { pageQuery } from "../schemas/values.ts";

type NewMicrodao = z.infer<typeof newMicrodaoSchema>;

/** Communities: each with its Matrix space. */
export function microdaoRoutes(scope: ApiScope, deps: RouteDeps): void {
  const { database } = deps;
  readingRoutes(scope, deps);
  scope.post(
    "/microdaos",
    {
      schema: {
        operationId: "createMicrodao",
        summary: "Found a microDAO, with its Matrix space",
        description:
          "Answers as soon as it is stored; the bridge then makes the space and invites the owner, who has power level 100 " +
          "there. `matrixSpaceId` is null until then.",
        tags: ["microdaos"],
        headers: onceHeaders,
        body: newMicrodaoSchema,
        response: { 202: microdaoSchema, ...refusals(401, 403, 409, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const created = await found(deps, request, request.body, request.headers["idempotency-key"]);
      const [microdao] = await readMicrodaos(database.db, [created.id]);
      if (microdao === undefined) throw microdaoHidden({});
      if (created.repeated) reply.header("idempotency-replayed", "true");
      reply.code(202).header("location", `/v1/microdaos/${microdao.externalId}`);
      return presentMicrodao(microdao);
    },
  );
}

function found({ database }: RouteDeps, request: FastifyRequest, body: NewMicrodao, key: string | undefined) {
  const principal = principalOf(request);
  const { subject } = principal;
  requireCapability(principal, "microdao.create");
  return transact(database, principal.actor, async (tx) => {
    const own =
      subject.kind === "user" && subject.uuid !== null
        ? await findMatrixIdOf(tx.db, subject.uuid)
        : undefined;
    // Only a program founds for others: a person would hand over what nobody asked for.
    const owner = subject.kind === "integration" ? body.owner : own;
    if (owner === undefined || (body.owner !== undefined && body.owner !== owner))
      throw ownerRequired({ field: "owner" });
    const { name, topic, visibility, roomVersion } = body;
    return foundMicrodao(tx, {
      name,
      topic,
      visibility,
      roomVersion,
      ownerUserId: (await ensureUserByMatrixId(tx, owner)).id,
      ownerMatrixId: owner,
      idempotency: key === undefined ? undefined : { scope: subject.id, key },
      requestId: request.id,
    });
  });
}

function readingRoutes(scope: ApiScope, { database }: RouteDeps): void {
  scope.get(
    "/microdaos",
    {
      schema: {
        operationId: "listMicrodaos",
        summary: "The microDAOs that the key has to do with, oldest first",
        tags: ["microdaos"],
        querystring: z.strictObject(pageQuery),
        response: { 200: microdaoPageSchema, ...refusals(401, 403, 422, 429, 503) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const range = { after: decodeCursor(cursor), limit: limit + 1 };
      const places = await findMicrodaosAllowed(database.db, principalOf(request), "microdao.read", range);
      const page = places.slice(0, limit);
      const last = page.at(-1);
      const microdaos = await readMicrodaos(
        database.db,
        page.map(({ id }) => id),
      );
      return {
        items: microdaos.map(presentMicrodao),
        nextCursor: places.length > limit && last !== undefined ? encodeCursor(last) : null,
      };
    },
  );

  scope.get(
    "/microdaos/:microdaoId",
    {
      schema: {
        operationId: "getMicrodao",
        summary: "One microDAO",
        tags: ["microdaos"],
        params: z.object({ microdaoId: z.string().meta({ description: "`md_…` or `microdao:7`." }) }),
        response: { 200: microdaoSchema, ...refusals(401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const named = await findMicrodao(database.db, request.params.microdaoId);
      const principal = principalOf(request);
      const { microdaoId } = await authorizeMicrodao(database.db, principal, "microdao.read", named?.id);
      const [microdao] = await readMicrodaos(database.db, [microdaoId]);
      if (microdao === undefined) throw microdaoHidden({});
      return presentMicrodao(microdao);
    },
  );
}
