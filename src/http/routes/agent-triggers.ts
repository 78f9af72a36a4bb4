import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { requireCapability } from "../../domain/governance/index.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { requireAgent } from "../require-agent.ts";
import { openOutlet } from "../stream/open-outlet.ts";
import { defaultStreamLimits } from "../stream/streams.ts";
import { runTriggerStream } from "../stream/trigger-stream.ts";
import { isUpgrade, requireSocketRequest } from "../stream/upgrades.ts";

const triggersQuery = z.strictObject({
  lastEventId: z.string().max(64).optional().meta({
    description: "As the header `Last-Event-ID`, for clients that cannot set it.",
  }),
});
const triggersHeaders = z.object({
  "last-event-id": z.string().max(64).optional().meta({
    description: "The id of the last trigger that the client has. All that waits is told in any case.",
  }),
});

/** What waits for an agent's program, as it begins to wait: server-sent events, or a WebSocket at the same path. */
export function agentTriggerRoutes(scope: ApiScope, deps: RouteDeps): void {
  scope.get(
    "/agents/me/triggers",
    {
      // A HEAD would have no end.
      exposeHeadRoute: false,
      schema: {
        operationId: "openTriggers",
        summary: "Runs of the agent that the key belongs to, as soon as they can be claimed",
        description:
          "Server-sent events; with `Upgrade: websocket`, JSON messages on a WebSocket. Each names a run to claim; nothing is " +
          "taken by being told. docs/agents.md says what they are.",
        tags: ["runs"],
        querystring: triggersQuery,
        headers: triggersHeaders,
        response: {
          200: { description: "The stream", content: { "text/event-stream": { schema: z.string() } } },
          ...refusals(401, 403, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      requireCapability(principal, "chat.message.read");
      const agentId = requireAgent(principal);
      if (isUpgrade(request)) requireSocketRequest(request);
      const { streams, claimable } = deps;
      const seat = streams.admit(principal);
      try {
        const outlet = openOutlet(request, reply);
        const limits = { ...defaultStreamLimits, ...deps.streamLimits };
        await seat.attend(
          runTriggerStream({ ...limits, claimable, agentId, outlet, resumed: isResumed(request) }),
        );
      } finally {
        seat.leave();
      }
      return reply;
    },
  );
}

function isResumed({
  query,
  headers,
}: Pick<FastifyRequest, "headers"> & { query: { lastEventId?: string | undefined } }) {
  return (headers["last-event-id"] ?? query.lastEventId ?? "") !== "";
}
