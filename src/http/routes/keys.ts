import { z } from "zod";
import { transact } from "../../db/index.ts";
import {
  authorizeKey,
  grantAccessKey,
  listKeysFor,
  microdaoHidden,
  revokeAccessKey,
  rotateAccessKey,
} from "../../domain/governance/index.ts";
import { findMicrodao } from "../../domain/tenancy/index.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { decodeTextCursor, encodeTextCursor } from "../cursor.ts";
import {
  keyPageSchema,
  keySchema,
  keyWithTokenSchema,
  newKeyHeaders,
  newKeySchema,
  presentKey,
} from "../schemas/key.ts";
import { pageQuery } from "../schemas/values.ts";

const tags = ["access keys"];
const ofKey = z.object({ keyId: z.string().max(100).meta({ description: "`ak_…`, without the secret." }) });
const listQuery = z.strictObject({
  ...pageQuery,
  microdao: z.string().max(80).optional().meta({
    description:
      "`md_…` or `microdao:7`. What the key in use is bound to, if left out; all, for an operator's key.",
  }),
  subject: z.string().max(100).optional().meta({ description: "Only keys of this subject, `agent:sofia`." }),
});

/** Access keys: made, seen, ended and given another secret. */
export function keyRoutes(scope: ApiScope, deps: RouteDeps): void {
  createRoute(scope, deps);
  readingRoutes(scope, deps);
  endingRoutes(scope, deps);
}

function createRoute(scope: ApiScope, { database, hashKey }: RouteDeps): void {
  scope.post(
    "/keys",
    {
      schema: {
        operationId: "createKey",
        summary: "Make an access key; its secret is shown once",
        description:
          "Needs `key.manage`. Nobody gives what they do not hold: the capabilities must be those of the key in use, of the " +
          "person's role and of the plan, the microDAO and the team must lie within its own, and the new key ends no later. " +
          "A person's key is made by that person, an agent's in the microDAO of the agent.",
        tags,
        headers: newKeyHeaders,
        body: newKeySchema,
        response: {
          200: keyWithTokenSchema.meta({ description: "A repeated request: the key is there already." }),
          201: keyWithTokenSchema,
          ...refusals(401, 403, 404, 409, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { name, subject, capabilities, bundles, microdao, team, expiresAt } = request.body;
      const principal = principalOf(request);
      const granted = await transact(database, principal.actor, async (tx) => {
        const bound = microdao === undefined ? undefined : await findMicrodao(tx.db, microdao);
        if (microdao !== undefined && bound === undefined) throw microdaoHidden({ field: "microdao" });
        const wish = {
          name,
          subject,
          capabilities,
          bundles,
          microdaoId: bound?.id ?? null,
          teamId: team ?? null,
          expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
          idempotencyKey: request.headers["idempotency-key"],
        };
        return grantAccessKey(tx, hashKey, { principal, wish });
      });
      if (granted.token === null) reply.header("idempotency-replayed", "true");
      reply.code(granted.token === null ? 200 : 201).header("location", `/v1/keys/${granted.key.id}`);
      return { ...presentKey(granted.key), token: granted.token };
    },
  );
}

function readingRoutes(scope: ApiScope, { database }: RouteDeps): void {
  scope.get(
    "/keys",
    {
      schema: {
        operationId: "listKeys",
        summary: "Access keys of a microDAO, oldest first, without their secrets",
        description: "Needs `key.manage`.",
        tags,
        querystring: listQuery,
        response: { 200: keyPageSchema, ...refusals(401, 403, 404, 422, 429, 503) },
      },
    },
    async (request) => {
      const { limit, cursor, microdao, subject } = request.query;
      const { db, clock } = database;
      const named = microdao === undefined ? undefined : await findMicrodao(db, microdao);
      if (microdao !== undefined && named === undefined) throw microdaoHidden({});
      const page = {
        microdaoId: named?.id,
        subjectId: subject,
        after: decodeTextCursor("ak", cursor),
        limit: limit + 1,
      };
      const keys = await listKeysFor(db, principalOf(request), page, clock.now());
      const items = keys.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(presentKey),
        nextCursor: keys.length > limit && last !== undefined ? encodeTextCursor(last) : null,
      };
    },
  );

  scope.get(
    "/keys/:keyId",
    {
      schema: {
        operationId: "getKey",
        summary: "One access key, without its secret",
        description: "Needs `key.manage`, except for the key in use.",
        tags,
        params: ofKey,
        response: { 200: keySchema, ...refusals(401, 403, 404, 429, 503) },
      },
    },
    async (request) =>
      presentKey(await authorizeKey(database.db, principalOf(request), request.params.keyId, { own: true })),
  );
}

function endingRoutes(scope: ApiScope, { database, hashKey }: RouteDeps): void {
  scope.delete(
    "/keys/:keyId",
    {
      schema: {
        operationId: "revokeKey",
        summary: "End an access key for ever, from the next request on",
        description: "Needs `key.manage`, except for the key in use. Safe to repeat.",
        tags,
        params: ofKey,
        response: { 200: keySchema, ...refusals(401, 403, 404, 429, 503) },
      },
    },
    (request) => {
      const principal = principalOf(request);
      return transact(database, principal.actor, async (tx) => {
        const { id } = await authorizeKey(tx.db, principal, request.params.keyId, { own: true });
        return presentKey(await revokeAccessKey(tx, id));
      });
    },
  );

  scope.post(
    "/keys/:keyId/rotate",
    {
      schema: {
        operationId: "rotateKey",
        summary: "Give an access key another secret; it is shown once",
        description:
          "Needs what making such a key needs. The old secret ends at once; for an overlap make a second key and revoke the first.",
        tags,
        params: ofKey,
        response: { 200: keyWithTokenSchema, ...refusals(401, 403, 404, 422, 429, 503) },
      },
    },
    (request) => {
      const principal = principalOf(request);
      return transact(database, principal.actor, async (tx) => {
        const key = await authorizeKey(tx.db, principal, request.params.keyId, { own: false });
        const rotated = await rotateAccessKey(tx, hashKey, { principal, key });
        return { ...presentKey(rotated.key), token: rotated.token };
      });
    },
  );
}
