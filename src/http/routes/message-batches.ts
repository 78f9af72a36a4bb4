import { z } from "zod";
import { transact } from "../../db/index.ts";
import { audit, authorize } from "../../domain/governance/index.ts";
import { postMessages, type Saying } from "../../domain/messaging/index.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { requireAgent } from "../require-agent.ts";
import { attachmentOf, bodyOf, newMessagesSchema, referenceOf } from "../schemas/new-message.ts";
import { idOf } from "../schemas/values.ts";
import { spendMessages } from "../spend-messages.ts";

const postedSchema = z
  .object({
    items: z.array(
      z.object({
        id: idOf("m", "The message. `GET /v1/messages/{id}` says how far it is."),
        parts: z
          .array(z.string())
          .meta({ description: "`m_…` of the messages that it takes, this one first." }),
        state: z.enum(["queued", "sending", "sent", "confirmed", "failed"]),
        repeated: z.boolean().meta({ description: "Whether it had been posted before under its key." }),
      }),
    ),
  })
  .meta({ id: "PostedMessages" });

function sayingsOf({ messages }: z.infer<typeof newMessagesSchema>, scope: string): Saying[] {
  return messages.map(({ idempotencyKey: key, replyTo, threadRoot, msgtype, overflow, ...words }) => ({
    body: bodyOf(words),
    attachment: attachmentOf(words.attachment),
    msgtype,
    overflow,
    replyTo: referenceOf(replyTo),
    threadRoot: referenceOf(threadRoot),
    idempotency: key === undefined ? undefined : { scope, key },
  }));
}

/** Many messages at once. */
export function messageBatchRoutes(scope: ApiScope, deps: RouteDeps): void {
  scope.post(
    "/channels/:channelId/messages/batch",
    {
      schema: {
        operationId: "postChannelMessages",
        summary: "Say up to 100 things, all or none, in this order",
        description:
          "Stored in one database transaction and delivered in order. When one of them cannot be posted none is, and `errors` " +
          "names every fault by its place. Messages with an `idempotencyKey` that was used before are not posted again.",
        tags: ["messages"],
        params: z.object({ channelId: z.string() }),
        body: newMessagesSchema,
        response: { 202: postedSchema, ...refusals(401, 403, 404, 409, 413, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const agentId = requireAgent(principal);
      const posted = await transact(deps.database, principal.actor, async (tx) => {
        const id = decodeId("c", request.params.channelId);
        const channel = await authorize(tx.db, principal, "chat.message.send", id);
        const sayings = sayingsOf(request.body, principal.subject.id);
        const done = await postMessages(tx, { channelId: channel.channelId, agentId, sayings });
        const fresh = done.filter(({ repeated }) => !repeated);
        if (fresh.length > 0) {
          await spendMessages(tx, principal, fresh.length);
          await audit(tx, {
            action: "message.batch_posted",
            resourceKind: "channel",
            resourceId: request.params.channelId,
            microdaoId: channel.microdaoId,
            teamId: channel.teamId,
            requestId: request.id,
            data: { key_id: principal.keyId, messages: fresh.map(({ messageId }) => messageId) },
          });
        }
        return done;
      });
      deps.wakeEgress();
      return reply.code(202).send({
        items: posted.map(({ messageId, parts, state, repeated }) => ({
          id: messageId,
          parts: [...parts],
          state,
          repeated,
        })),
      });
    },
  );
}
