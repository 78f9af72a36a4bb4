import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { requireCapability } from "../../domain/governance/index.ts";
import {
  findMessage,
  listReactions,
  listRelated,
  listVersions,
  type RelationsTarget,
} from "../../domain/messaging/index.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { decodeCursor, decodeEventCursor, encodeCursor, encodeEventCursor } from "../cursor.ts";
import { messageMissing } from "../errors.ts";
import { linksFor } from "../media-links.ts";
import { requireReadable } from "../require-readable.ts";
import { messagePageSchema, presentMessage } from "../schemas/message.ts";
import {
  presentReaction,
  presentVersion,
  reactionPageSchema,
  versionPageSchema,
} from "../schemas/relations.ts";
import { pageQuery } from "../schemas/values.ts";

const params = z.object({ messageId: z.string() });
const messagesQuery = z.strictObject({
  ...pageQuery,
  order: z.enum(["desc", "asc"]).default("asc").meta({ description: "Oldest first, or newest first." }),
});
const eventsQuery = z.strictObject(pageQuery);
const tags = ["messages"];
const denied = refusals(401, 403, 404, 422, 429, 503);

/** What belongs to a message: its thread, its replies, its wordings, who reacted. */
export function messageRelationRoutes(scope: ApiScope, deps: RouteDeps): void {
  relatedRoute(scope, deps, "thread");
  relatedRoute(scope, deps, "reply");
  versionsRoute(scope, deps);
  reactionsRoute(scope, deps);
}

const related = {
  thread: {
    path: "thread",
    operationId: "listThread",
    summary: "The messages of the thread that begins with this one",
  },
  reply: { path: "replies", operationId: "listReplies", summary: "The messages that reply to this one" },
} as const;

function relatedRoute(scope: ApiScope, deps: RouteDeps, by: keyof typeof related): void {
  const { path, operationId, summary } = related[by];
  scope.get(
    `/messages/:messageId/${path}`,
    {
      schema: {
        operationId,
        summary,
        tags,
        params,
        querystring: messagesQuery,
        response: { 200: messagePageSchema, ...denied },
      },
    },
    async (request) => {
      const { limit, cursor, order } = request.query;
      const after = decodeCursor(cursor);
      const target = await targetOf(deps, request, request.params.messageId);
      if (target === undefined) return { items: [], nextCursor: null };
      const messages = await listRelated(deps.database.db, { ...target, by, order, after, limit: limit + 1 });
      const page = messages.slice(0, limit);
      const last = page.at(-1);
      const linkTo = linksFor(deps.links, principalOf(request));
      return {
        items: page.map((message) => presentMessage(message, linkTo)),
        nextCursor: messages.length > limit && last !== undefined ? encodeCursor(last) : null,
      };
    },
  );
}

function versionsRoute(scope: ApiScope, deps: RouteDeps): void {
  scope.get(
    "/messages/:messageId/edits",
    {
      schema: {
        operationId: "listEdits",
        summary: "The wordings of a message, first to last",
        description:
          "The first item is the message as it was sent. Edits that do not count or were redacted are left out.",
        tags,
        params,
        querystring: eventsQuery,
        response: { 200: versionPageSchema, ...denied },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const after = decodeEventCursor(cursor);
      const target = await targetOf(deps, request, request.params.messageId);
      if (target === undefined) return { items: [], nextCursor: null };
      const versions = await listVersions(deps.database.db, { ...target, after, limit: limit + 1 });
      return eventPage(versions, limit, target.eventId, presentVersion);
    },
  );
}

function reactionsRoute(scope: ApiScope, deps: RouteDeps): void {
  scope.get(
    "/messages/:messageId/reactions",
    {
      schema: {
        operationId: "listReactions",
        summary: "Who reacted to a message with what, first to last",
        tags,
        params,
        querystring: eventsQuery,
        response: { 200: reactionPageSchema, ...denied },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const after = decodeEventCursor(cursor);
      const target = await targetOf(deps, request, request.params.messageId);
      if (target === undefined) return { items: [], nextCursor: null };
      const reactions = await listReactions(deps.database.db, { ...target, after, limit: limit + 1 });
      return eventPage(reactions, limit, undefined, presentReaction);
    },
  );
}

/** The message's event, if the key may read it; undefined when it has none yet. */
async function targetOf(
  { database: { db } }: RouteDeps,
  request: FastifyRequest,
  messageId: string,
): Promise<RelationsTarget | undefined> {
  const principal = principalOf(request);
  requireCapability(principal, "chat.message.read");
  const id = decodeId("m", messageId);
  const message = id === undefined ? undefined : await findMessage(db, id);
  if (message === undefined) throw messageMissing({});
  await requireReadable(db, principal, message.channelId);
  const { channelId, eventId } = message;
  return eventId === null ? undefined : { channelId, eventId };
}

/** `first` is the event that stands before all others, whatever its time. */
function eventPage<E extends { readonly ts: number; readonly eventId: string }, T>(
  events: readonly E[],
  limit: number,
  first: string | undefined,
  present: (event: E) => T,
): { items: T[]; nextCursor: string | null } {
  const page = events.slice(0, limit);
  const last = page.at(-1);
  if (events.length <= limit || last === undefined) return { items: page.map(present), nextCursor: null };
  const { eventId, ts } = last;
  return {
    items: page.map(present),
    nextCursor: encodeEventCursor({ ts: eventId === first ? -1 : ts, eventId }),
  };
}
