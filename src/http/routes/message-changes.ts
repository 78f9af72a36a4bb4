import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type Tx, transact } from "../../db/index.ts";
import { requireHeldRun } from "../../domain/endpoints/index.ts";
import { audit } from "../../domain/governance/index.ts";
import {
  addReaction,
  editMessage,
  findSend,
  type QueuedSend,
  redactMessage,
  removeReaction,
} from "../../domain/messaging/index.ts";
import { bug } from "../../kernel/errors.ts";
import { decodeId, encodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { requireAgent } from "../require-agent.ts";
import { requireSpeaking } from "../require-speaking.ts";
import { reactionParams, redactionQuery } from "../schemas/message-changes.ts";
import { bodyOf, messageEditSchema, newMessageHeaders } from "../schemas/new-message.ts";
import { presentSend, sendSchema } from "../schemas/send.ts";
import { spendMessages } from "../spend-messages.ts";

const ofMessage = z.object({ messageId: z.string() });
const nothingToDo = z.null().meta({ description: "There is nothing to do: it is so already." });
const answers = { 202: sendSchema, ...refusals(401, 403, 404, 409, 413, 422, 429, 503) };
const answersOrNothing = {
  202: sendSchema,
  204: nothingToDo,
  ...refusals(401, 403, 404, 409, 422, 429, 503),
};
const afterwards =
  "Answers as soon as it is stored; it is delivered after what the agent has queued for the room before, and once. " +
  "`GET` the `Location` to see how far it is.";

/** What agents do to messages: they edit and delete what they said, and react. */
export function messageChangeRoutes(scope: ApiScope, deps: RouteDeps): void {
  editRoute(scope, deps);
  redactRoute(scope, deps);
  reactionRoutes(scope, deps);
}

function editRoute(scope: ApiScope, deps: RouteDeps): void {
  scope.patch(
    "/messages/:messageId",
    {
      schema: {
        operationId: "editMessage",
        summary: "Give a message of the agent's own another text",
        description: `${afterwards} A message that is edited again shows the latest text.`,
        tags: ["messages"],
        params: ofMessage,
        headers: newMessageHeaders,
        body: messageEditSchema,
        response: answers,
      },
    },
    (request, reply) =>
      change(deps, request, reply, {
        messageId: request.params.messageId,
        action: "message.edited",
        run: async (tx, target) => {
          const { runId, leaseToken } = request.body;
          const agentId = requireAgent(principalOf(request));
          if (runId !== undefined && leaseToken !== undefined)
            await requireHeldRun(tx, { agentId, runId, leaseToken });
          return editMessage(tx, {
            ...target,
            body: bodyOf(request.body),
            idempotency: idempotencyOf(request, request.headers["idempotency-key"]),
          });
        },
      }),
  );
}

function redactRoute(scope: ApiScope, deps: RouteDeps): void {
  scope.delete(
    "/messages/:messageId",
    {
      schema: {
        operationId: "redactMessage",
        summary: "Delete a message in Matrix and here",
        description:
          `${afterwards} What others said takes the capability \`chat.message.redact\` and the power level that the room ` +
          "asks for. Deleting twice is deleting once; 204 if the message is gone already.",
        tags: ["messages"],
        params: ofMessage,
        querystring: redactionQuery,
        response: answersOrNothing,
      },
    },
    (request, reply) =>
      change(deps, request, reply, {
        messageId: request.params.messageId,
        action: "message.redacted",
        run: (tx, target) =>
          redactMessage(tx, {
            ...target,
            reason: request.query.reason,
            othersAllowed: principalOf(request).capabilities.has("chat.message.redact"),
          }),
      }),
  );
}

function reactionRoutes(scope: ApiScope, deps: RouteDeps): void {
  scope.put(
    "/messages/:messageId/reactions/:key",
    {
      schema: {
        operationId: "addReaction",
        summary: "React to a message as the agent that the key belongs to",
        description: `${afterwards} Reacting twice with the same key is reacting once.`,
        tags: ["messages"],
        params: reactionParams,
        response: answersOrNothing,
      },
    },
    (request, reply) =>
      change(deps, request, reply, {
        messageId: request.params.messageId,
        action: "message.reacted",
        run: (tx, target) => addReaction(tx, { ...target, key: request.params.key }),
      }),
  );

  scope.delete(
    "/messages/:messageId/reactions/:key",
    {
      schema: {
        operationId: "removeReaction",
        summary: "Take the agent's reaction back",
        description: `${afterwards} 204 if there is no such reaction of the agent.`,
        tags: ["messages"],
        params: reactionParams,
        response: answersOrNothing,
      },
    },
    (request, reply) =>
      change(deps, request, reply, {
        messageId: request.params.messageId,
        action: "message.reaction_removed",
        run: (tx, target) => removeReaction(tx, { ...target, key: request.params.key }),
      }),
  );
}

interface Wish {
  /** As it stands in the path. */
  readonly messageId: string;
  /** What the audit log says of it. */
  readonly action: string;
  readonly run: (tx: Tx, target: { messageId: string; agentId: string }) => Promise<Changed>;
}

type Changed = (QueuedSend & { readonly others?: boolean }) | undefined;

/** Decision, change and audit row in one database transaction. */
async function change(deps: RouteDeps, request: FastifyRequest, reply: FastifyReply, wish: Wish) {
  const principal = principalOf(request);
  const agentId = requireAgent(principal);
  const changed = await transact(deps.database, principal.actor, async (tx) => {
    const messageId = decodeId("m", wish.messageId);
    const channel = await requireSpeaking(tx, principal, messageId);
    const done = await wish.run(tx, { messageId: channel.messageId, agentId });
    if (done !== undefined && !done.repeated) {
      await spendMessages(tx, principal);
      await audit(tx, {
        action: wish.action,
        resourceKind: "message",
        resourceId: encodeId("m", channel.messageId),
        microdaoId: channel.microdaoId,
        teamId: channel.teamId,
        requestId: request.id,
        data: {
          key_id: principal.keyId,
          send_id: encodeId("snd", done.sendId),
          ...(done.others === true && { others: true }),
        },
      });
    }
    return done;
  });
  return answer(deps, reply, changed);
}

async function answer(deps: RouteDeps, reply: FastifyReply, changed: Changed) {
  if (changed === undefined) return reply.code(204).send(null);
  if (changed.repeated) reply.header("idempotency-replayed", "true");
  else deps.wakeEgress();
  const send = await findSend(deps.database.db, changed.sendId);
  if (send === undefined) throw bug("what was just queued is not there");
  const shown = presentSend(send);
  return reply.code(202).header("location", `/v1/sends/${shown.id}`).send(shown);
}

function idempotencyOf(request: FastifyRequest, key: string | undefined) {
  return key === undefined ? undefined : { scope: principalOf(request).subject.id, key };
}
