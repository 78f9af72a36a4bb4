import { z } from "zod";
import {
  authorize,
  type Principal,
  requireCapability,
  seeingCapability,
} from "../../domain/governance/index.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { requestInvalid } from "../errors.ts";
import { streamCapabilities } from "../stream/event-rights.ts";
import { openOutlet } from "../stream/open-outlet.ts";
import type { Positions } from "../stream/position.ts";
import type { StreamFilter } from "../stream/stream.ts";
import { isUpgrade, requireSocketRequest } from "../stream/upgrades.ts";

const many = (item: z.ZodString) => z.union([item, z.array(item).max(50, "At most 50.")]).optional();

const streamQuery = z.strictObject({
  channel: many(z.string().max(64)).meta({ description: "Only this channel, `c_…`. May be repeated." }),
  topic: many(
    z
      .string()
      .regex(
        /^[a-z_]{1,40}(?:\.[a-z_]{1,40}){0,3}(?:\.\*)?$/,
        "Name a topic as chat.message.created, or chat.*.",
      ),
  ).meta({
    description:
      "Only this topic of docs/events.md, or `typing`, `receipt`, `presence`; `chat.*` for all that begin so. May be repeated.",
  }),
  lastEventId: z.string().max(64).optional().meta({
    description:
      "As the header `Last-Event-ID`, for clients that cannot set it. The header counts if there are both.",
  }),
});

const streamHeaders = z.object({
  "last-event-id": z
    .string()
    .max(64)
    .optional()
    .meta({ description: "The id of the last event that the client has." }),
});

/** What happens, as it happens: server-sent events, or a WebSocket at the same path. */
export function streamRoutes(scope: ApiScope, { database, streams }: RouteDeps): void {
  scope.get(
    "/stream",
    {
      // A HEAD would have no end.
      exposeHeadRoute: false,
      schema: {
        operationId: "openStream",
        summary: "Events as they happen, from now on or from where the client stopped",
        description:
          "Server-sent events; with `Upgrade: websocket`, JSON messages on a WebSocket. docs/api.md says what they are.",
        tags: ["events"],
        querystring: streamQuery,
        headers: streamHeaders,
        response: {
          200: {
            description: "The stream",
            content: { "text/event-stream": { schema: z.string() } },
          },
          ...refusals(401, 403, 404, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      requireAnyCapability(principal);
      if (isUpgrade(request)) requireSocketRequest(request);
      const channels = [request.query.channel ?? []].flat();
      const topics = [request.query.topic ?? []].flat();
      const after = placeOf(request, streams.positions);
      const uuids = channels.map((id) => decodeId("c", id));
      for (const id of uuids) await authorize(database.db, principal, seeingCapability(principal), id);
      const seat = streams.admit(principal);
      try {
        const start = await seat.begin(after);
        const filter = filterOf(
          channels,
          uuids.filter((id) => id !== undefined),
          topics,
        );
        await seat.run(openOutlet(request, reply), filter, start);
      } finally {
        seat.leave();
      }
      return reply;
    },
  );
}

/** Throws 403 for a key to which nothing could ever be told. */
function requireAnyCapability(principal: Principal): void {
  const held = streamCapabilities.find((code) => principal.capabilities.has(code));
  requireCapability(principal, held ?? seeingCapability(principal));
}

/** The event after which the client wants to go on, empty for the beginning. Throws `request_invalid`. */
function placeOf(
  { query, headers }: { query: { lastEventId?: string | undefined }; headers: Record<string, unknown> },
  positions: Positions,
): string | undefined {
  const header = headers["last-event-id"];
  const [part, given] =
    typeof header === "string" && header !== ""
      ? (["header", header] as const)
      : (["query", query.lastEventId] as const);
  if (given === undefined || given === "") return undefined;
  const opened = positions.open(given) ?? (decodeId("evt", given) === undefined ? undefined : given);
  if (opened !== undefined) return opened;
  const pointer = part === "header" ? "/last-event-id" : "/lastEventId";
  const detail = "This is no id of this stream. Send back the id of an event as it came.";
  throw requestInvalid({ faults: [{ in: part, pointer, code: "invalid_id", detail }] });
}

function filterOf(
  channels: readonly string[],
  channelIds: readonly string[],
  topics: readonly string[],
): StreamFilter {
  const exact = new Set(topics);
  const prefixes = topics.filter((topic) => topic.endsWith(".*")).map((topic) => topic.slice(0, -1));
  return {
    channels: channels.length === 0 ? null : new Set(channels),
    channelIds: channels.length === 0 ? null : new Set(channelIds),
    wants: (topic) =>
      topics.length === 0 || exact.has(topic) || prefixes.some((prefix) => topic.startsWith(prefix)),
  };
}
