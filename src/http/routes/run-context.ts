import { z } from "zod";
import { findAskedAt } from "../../domain/agents/index.ts";
import { runMissing } from "../../domain/endpoints/index.ts";
import { authorize } from "../../domain/governance/index.ts";
import { listMessages, listRelated } from "../../domain/messaging/index.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { linksFor } from "../media-links.ts";
import { requireAgent } from "../require-agent.ts";
import { messageSchema, presentMessage } from "../schemas/message.ts";

const contextQuery = z.strictObject({
  limit: z.coerce
    .number("limit is a whole number from 1 to 200.")
    .int("limit is a whole number from 1 to 200.")
    .min(1, "limit is at least 1.")
    .max(200, "limit is at most 200.")
    .default(20)
    .meta({ description: "How many messages at most." }),
});

/** What was said before a question. */
export function runContextRoutes(scope: ApiScope, deps: RouteDeps): void {
  scope.get(
    "/runs/:runId/context",
    {
      schema: {
        operationId: "getRunContext",
        summary: "The messages before the question of a run, oldest first",
        description:
          "Of the thread that it was asked in, else of the channel. Previews of 280 characters, as everywhere.",
        tags: ["runs"],
        params: z.object({ runId: z.string() }),
        querystring: contextQuery,
        response: {
          200: z.object({ items: z.array(messageSchema) }).meta({ id: "RunContext" }),
          ...refusals(401, 403, 404, 422, 429, 503),
        },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const { db } = deps.database;
      const asked = await findAskedAt(db, requireAgent(principal), request.params.runId);
      if (asked === undefined) throw runMissing({});
      const { channelId, threadRoot: eventId, createdUs, messageId } = asked;
      await authorize(db, principal, "chat.message.read", channelId);
      const after = createdUs === null || messageId === null ? null : { createdUs, id: messageId };
      const range = { channelId, order: "desc", after, limit: request.query.limit } as const;
      const messages =
        eventId === null
          ? await listMessages(db, range)
          : await listRelated(db, { ...range, eventId, by: "thread" });
      const linkTo = linksFor(deps.links, principal);
      return { items: messages.toReversed().map((message) => presentMessage(message, linkTo)) };
    },
  );
}
