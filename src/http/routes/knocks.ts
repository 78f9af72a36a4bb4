import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { transact } from "../../db/index.ts";
import { audit, authorize } from "../../domain/governance/index.ts";
import { answerKnock, type KnockAnswer, knockMissing } from "../../domain/messaging/index.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";

const inChannel = z.object({
  channelId: z.string(),
  userId: z.string().meta({ description: "Who knocks: `u_…`, as the list of members has it." }),
});

const answeredSchema = z
  .object({ matrixId: z.string(), answer: z.enum(["accept", "deny"]) })
  .meta({ id: "KnockAnswer" });

type Knocking = FastifyRequest<{ Params: z.infer<typeof inChannel> }>;

/** Answers to people who ask to be let into a channel. */
export function knockRoutes(scope: ApiScope, deps: RouteDeps): void {
  const schema = {
    tags: ["channels"],
    params: inChannel,
    response: { 202: answeredSchema, ...refusals(401, 403, 404, 409, 429, 503) },
  };
  scope.post(
    "/channels/:channelId/members/:userId/accept",
    {
      schema: {
        ...schema,
        operationId: "acceptKnock",
        summary: "Let somebody in who knocks",
        description:
          "The bot invites them. The member's `membership` changes when the room tells of it: follow it in the list.",
      },
    },
    async (request, reply) => reply.code(202).send(await answer(deps, request, "accept")),
  );
  scope.post(
    "/channels/:channelId/members/:userId/deny",
    {
      schema: {
        ...schema,
        operationId: "denyKnock",
        summary: "Turn away somebody who knocks",
        description: "The bot removes them. They may knock again, unless they are banned.",
      },
    },
    async (request, reply) => reply.code(202).send(await answer(deps, request, "deny")),
  );
}

/** Decision, wish and audit row in one database transaction. */
async function answer({ database }: RouteDeps, request: Knocking, wanted: KnockAnswer) {
  const principal = principalOf(request);
  const { params } = request;
  return transact(database, principal.actor, async (tx) => {
    const channel = await authorize(tx.db, principal, "member.manage", decodeId("c", params.channelId));
    const userId = decodeId("u", params.userId);
    if (userId === undefined) throw knockMissing({});
    const asked = await answerKnock(tx, { channelId: channel.channelId, userId, answer: wanted });
    await audit(tx, {
      action: wanted === "accept" ? "member.knock_accepted" : "member.knock_denied",
      resourceKind: "member",
      resourceId: params.userId,
      microdaoId: channel.microdaoId,
      teamId: channel.teamId,
      requestId: request.id,
      data: { key_id: principal.keyId, channel_id: params.channelId, matrix_id: asked.userId },
    });
    return { matrixId: asked.userId, answer: wanted };
  });
}
