import { z } from "zod";
import { authorize } from "../../domain/governance/index.ts";
import { requirePostPlace } from "../../domain/messaging/index.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { requireAgent } from "../require-agent.ts";

const longestMs = 60_000;
const defaultMs = 30_000;

const typingSchema = z
  .strictObject({
    typing: z.boolean(),
    timeoutMs: z
      .int()
      .min(1_000, "timeoutMs is at least 1000.")
      .max(longestMs, `timeoutMs is at most ${longestMs}.`)
      .default(defaultMs)
      .meta({ description: "After how many milliseconds it ends by itself." }),
  })
  .meta({ id: "Typing" });

/** That an agent is about to say something. Nothing is stored, and a notice that is lost does no harm. */
export function channelTypingRoutes(scope: ApiScope, deps: RouteDeps): void {
  scope.put(
    "/channels/:channelId/typing",
    {
      schema: {
        operationId: "putChannelTyping",
        summary: "Show or end the agent's typing notice",
        description:
          "Best effort: it is passed on and nobody waits for it. It ends by itself; repeat it to go on.",
        tags: ["messages"],
        params: z.object({ channelId: z.string() }),
        body: typingSchema,
        response: {
          204: z.null().meta({ description: "Passed on." }),
          ...refusals(401, 403, 404, 409, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { db } = deps.database;
      const principal = principalOf(request);
      const agentId = requireAgent(principal);
      const id = decodeId("c", request.params.channelId);
      const { channelId } = await authorize(db, principal, "chat.message.send", id);
      const { roomId, sender } = await requirePostPlace(db, channelId, agentId);
      const { typing, timeoutMs } = request.body;
      deps.showTyping?.({ roomId, userId: sender, timeoutMs: typing ? timeoutMs : 0 });
      return reply.code(204).send(null);
    },
  );
}
