import { z } from "zod";
import { transact } from "../../db/index.ts";
import {
  deleteWebhook,
  listDeliveries,
  putWebhook,
  requireWebhook,
  retryDelivery,
  rotateWebhookSecret,
} from "../../domain/endpoints/index.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { requestInvalid } from "../errors.ts";
import { requireManagedAgent } from "../require-managed-agent.ts";
import { idOf, pageQuery } from "../schemas/values.ts";
import {
  deliveryPageSchema,
  newWebhookSchema,
  presentDelivery,
  presentWebhook,
  webhookSchema,
  webhookWithSecretSchema,
} from "../schemas/webhook.ts";

const params = z.object({ agentId: z.string() });
const tags = ["agents"];
const denied = refusals(401, 403, 404, 422, 429, 503);

/** Where agents that run elsewhere are told of what they are to do. */
export function agentWebhookRoutes(scope: ApiScope, deps: RouteDeps): void {
  putRoute(scope, deps);
  readRoutes(scope, deps);
  rotateRoute(scope, deps);
  deliveryRoutes(scope, deps);
}

const path = "/agents/:agentId/webhook";

function putRoute(scope: ApiScope, { database, sealer, webhooks }: RouteDeps): void {
  scope.put(
    path,
    {
      schema: {
        operationId: "putAgentWebhook",
        summary: "Give an agent a webhook, or change it",
        description:
          "The secret of a new one is shown in this answer and never again. A disabled one becomes active. Capability: `agent.manage`.",
        tags,
        params,
        body: newWebhookSchema,
        response: { 200: webhookWithSecretSchema, 201: webhookWithSecretSchema, ...denied },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const agent = await requireManagedAgent(database.db, principal, request.params.agentId);
      const wish = { ...request.body, allowPrivate: webhooks.allowPrivate };
      const { webhook, secret } = await transact(database, principal.actor, (tx) =>
        putWebhook(tx, sealer, agent, wish),
      );
      return reply.code(secret === null ? 200 : 201).send({ ...presentWebhook(webhook), secret });
    },
  );
}

function readRoutes(scope: ApiScope, { database }: RouteDeps): void {
  scope.get(
    path,
    {
      schema: {
        operationId: "getAgentWebhook",
        summary: "An agent's webhook, without its secret",
        tags,
        params,
        response: { 200: webhookSchema, ...denied },
      },
    },
    async (request) => {
      const agent = await requireManagedAgent(database.db, principalOf(request), request.params.agentId);
      return presentWebhook(await requireWebhook(database.db, agent.id));
    },
  );
  scope.delete(
    path,
    {
      schema: {
        operationId: "deleteAgentWebhook",
        summary: "Take an agent's webhook away",
        description: "What has not been delivered yet waits to be claimed in another way.",
        tags,
        params,
        response: { 204: z.null().meta({ description: "It is gone." }), ...denied },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const agent = await requireManagedAgent(database.db, principal, request.params.agentId);
      await transact(database, principal.actor, (tx) => deleteWebhook(tx, agent));
      return reply.code(204).send(null);
    },
  );
}

function rotateRoute(scope: ApiScope, { database, sealer }: RouteDeps): void {
  scope.post(
    "/agents/:agentId/webhook/secret",
    {
      schema: {
        operationId: "rotateAgentWebhookSecret",
        summary: "A new secret for an agent's webhook",
        description: "For a day deliveries are signed with the old one as well.",
        tags,
        params,
        response: { 200: webhookWithSecretSchema, ...denied },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const agent = await requireManagedAgent(database.db, principal, request.params.agentId);
      const { webhook, secret } = await transact(database, principal.actor, (tx) =>
        rotateWebhookSecret(tx, sealer, agent),
      );
      return { ...presentWebhook(webhook), secret };
    },
  );
}

const deliveriesQuery = z.strictObject({
  ...pageQuery,
  state: z.enum(["queued", "sending", "delivered", "dead", "retried", "dropped"]).optional().meta({
    description: "Only deliveries in this state; `dead` are those that were given up.",
  }),
});

function deliveryRoutes(scope: ApiScope, { database }: RouteDeps): void {
  scope.get(
    "/agents/:agentId/webhook/deliveries",
    {
      schema: {
        operationId: "listWebhookDeliveries",
        summary: "What was delivered to an agent's webhook, or was not, newest first",
        tags,
        params,
        querystring: deliveriesQuery,
        response: { 200: deliveryPageSchema, ...denied },
      },
    },
    async (request) => {
      const { limit, cursor, state } = request.query;
      const agent = await requireManagedAgent(database.db, principalOf(request), request.params.agentId);
      await requireWebhook(database.db, agent.id);
      const range = { agentId: agent.id, state, before: placeOf(cursor), limit: limit + 1 };
      const rows = await listDeliveries(database.db, range);
      const page = rows.slice(0, limit);
      return {
        items: page.map(presentDelivery),
        nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
      };
    },
  );
  scope.post(
    "/agents/:agentId/webhook/deliveries/:deliveryId/retry",
    {
      schema: {
        operationId: "retryWebhookDelivery",
        summary: "Ask once more what a dead delivery asked",
        description: "As a run of its own: the one that it belonged to has failed.",
        tags,
        params: z.object({ agentId: z.string(), deliveryId: z.string() }),
        response: {
          202: z.object({ runId: idOf("run", "The new run.") }).meta({ id: "RetriedDelivery" }),
          ...refusals(401, 403, 404, 409, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const { agentId, deliveryId } = request.params;
      const agent = await requireManagedAgent(database.db, principal, agentId);
      const queued = await transact(database, principal.actor, (tx) => retryDelivery(tx, agent, deliveryId));
      return reply.code(202).send(queued);
    },
  );
}

function placeOf(cursor: string | undefined): string | undefined {
  if (cursor === undefined || decodeId("dlv", cursor) !== undefined) return cursor;
  const fault = { in: "query", pointer: "/cursor", code: "custom", detail: "This is not a cursor." } as const;
  throw requestInvalid({ faults: [fault] });
}
