import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type DbClient, transact } from "../../db/index.ts";
import {
  authorize,
  channelMissing,
  findChannelsAllowed,
  type Principal,
} from "../../domain/governance/index.ts";
import {
  changeFollowup,
  createFollowup,
  type Followup,
  findChannelOfMessage,
  findFollowup,
  findMessageByEvent,
  followupMissing,
  listFollowups,
} from "../../domain/messaging/index.ts";
import { decodeId, encodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { messageMissing } from "../errors.ts";
import {
  channelFollowupSchema,
  followupChangeSchema,
  followupPageSchema,
  followupQuery,
  followupSchema,
  newFollowupSchema,
  presentFollowup,
} from "../schemas/followup.ts";
import { senderIdOf } from "../schemas/search.ts";

const reading = "followup.read";
const managing = "followup.manage";
/** Far more than anybody is in. */
const maxChannels = 10_000;
const tags = ["followups"];
const made = {
  200: followupSchema.meta({ description: "The message is one already; it stays as it is." }),
  201: followupSchema,
  ...refusals(401, 403, 404, 409, 422, 429, 503),
};
const makes =
  "A message has one follow-up at most, so asking twice makes one. Capability: `followup.manage`.";

/** Messages that somebody is to come back to. */
export function followupRoutes(scope: ApiScope, deps: RouteDeps): void {
  listRoute(scope, deps);
  makingRoutes(scope, deps);
  oneRoutes(scope, deps);
}

function listRoute(scope: ApiScope, { database: { db } }: RouteDeps): void {
  scope.get(
    "/followups",
    {
      schema: {
        operationId: "listFollowups",
        summary: "Messages that somebody is to come back to, the newest mark first",
        description: "Of all channels in which the key has `followup.read`, or of one.",
        tags,
        querystring: followupQuery,
        response: { 200: followupPageSchema, ...refusals(401, 403, 404, 422, 429, 503) },
      },
    },
    async (request) => {
      const { limit, cursor, channel, status, assignee } = request.query;
      const principal = principalOf(request);
      const place = decodeCursor(cursor);
      const found = await listFollowups(db, {
        channelIds: await channelsOf(db, principal, channel),
        status: status === "any" ? null : status,
        assigneeId: assignee === undefined ? null : (senderIdOf(assignee) ?? nobody),
        after: place && { createdUs: place.createdUs, id: encodeId("f", place.id) },
        limit: limit + 1,
      });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      const lastId = last && decodeId("f", last.id);
      const more = found.length > limit && last !== undefined && lastId !== undefined;
      return {
        items: items.map((followup) => present(principal, followup)),
        nextCursor: more ? encodeCursor({ createdUs: last.createdUs, id: lastId }) : null,
      };
    },
  );
}

const nobody = "00000000-0000-0000-0000-000000000000";

async function channelsOf(
  db: DbClient,
  principal: Principal,
  channel: string | undefined,
): Promise<string[]> {
  if (channel !== undefined) {
    return [(await authorize(db, principal, reading, decodeId("c", channel))).channelId];
  }
  const range = { microdaoId: null, after: null, limit: maxChannels };
  return (await findChannelsAllowed(db, principal, reading, range)).map(({ id }) => id);
}

function makingRoutes(scope: ApiScope, deps: RouteDeps): void {
  scope.post(
    "/messages/:messageId/followup",
    {
      schema: {
        operationId: "createFollowup",
        summary: "Make a follow-up of a message",
        description: makes,
        tags,
        params: z.object({ messageId: z.string() }),
        body: newFollowupSchema,
        response: made,
      },
    },
    (request, reply) => {
      const messageId = decodeId("m", request.params.messageId);
      return make(deps, request, reply, { messageId, ...request.body });
    },
  );
  scope.post(
    "/channels/:channelId/followups",
    {
      schema: {
        operationId: "createChannelFollowup",
        summary: "Make a follow-up of a message of this channel, named by its id or its event",
        description: makes,
        tags,
        params: z.object({ channelId: z.string() }),
        body: channelFollowupSchema,
        response: made,
      },
    },
    async (request, reply) => {
      const { message, ...rest } = request.body;
      const { db } = deps.database;
      const asked = decodeId("c", request.params.channelId);
      const { channelId } = await authorize(db, principalOf(request), managing, asked);
      const messageId = decodeId("m", message) ?? (await findMessageByEvent(db, channelId, message));
      return make(deps, request, reply, { messageId, channelId, ...rest });
    },
  );
}

interface Wish {
  /** uuids; the channel only if the message must be in it. */
  readonly messageId: string | undefined;
  readonly channelId?: string;
  readonly note?: string | undefined;
  readonly assignee?: string | undefined;
}

/** A message in a channel that the key may not see is not there. */
async function make({ database }: RouteDeps, request: FastifyRequest, reply: FastifyReply, wish: Wish) {
  const principal = principalOf(request);
  const { followup, created } = await transact(database, principal.actor, async (tx) => {
    const { messageId, note, assignee } = wish;
    const channelId = messageId && (await findChannelOfMessage(tx.db, messageId));
    await authorize(tx.db, principal, managing, channelId).catch((error: unknown) => {
      throw channelMissing.is(error) ? messageMissing({}, { cause: error }) : error;
    });
    if (messageId === undefined || channelId !== (wish.channelId ?? channelId)) throw messageMissing({});
    return createFollowup(tx, { messageId, note, assignee: assignee && personOf(assignee) });
  });
  return reply
    .code(created ? 201 : 200)
    .header("location", `/v1/followups/${followup.id}`)
    .send(present(principal, followup));
}

function oneRoutes(scope: ApiScope, { database }: RouteDeps): void {
  const params = z.object({ followupId: z.string() });
  scope.get(
    "/followups/:followupId",
    {
      schema: {
        operationId: "getFollowup",
        summary: "One follow-up",
        tags,
        params,
        response: { 200: followupSchema, ...refusals(401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      return present(
        principal,
        await requireFollowup(database.db, principal, reading, request.params.followupId),
      );
    },
  );
  scope.patch(
    "/followups/:followupId",
    {
      schema: {
        operationId: "changeFollowup",
        summary: "Resolve a follow-up, open it again, or change who is to do what",
        description: "What is so already is neither written nor told. Capability: `followup.manage`.",
        tags,
        params,
        body: followupChangeSchema,
        response: { 200: followupSchema, ...refusals(401, 403, 404, 409, 422, 429, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const { status, note, assignee } = request.body;
      return transact(database, principal.actor, async (tx) => {
        const { id } = await requireFollowup(tx.db, principal, managing, request.params.followupId);
        const wanted = assignee == null ? assignee : personOf(assignee);
        return present(principal, await changeFollowup(tx, { id, status, note, assignee: wanted }));
      });
    },
  );
}

async function requireFollowup(
  db: DbClient,
  principal: Principal,
  capability: string,
  id: string,
): Promise<Followup> {
  const followup = await findFollowup(db, id.slice(0, 40));
  await authorize(db, principal, capability, followup?.channelId).catch((error: unknown) => {
    throw channelMissing.is(error) ? followupMissing({}, { cause: error }) : error;
  });
  if (followup === undefined) throw followupMissing({});
  return followup;
}

/** The uuid of `u_…` or `ag_…`; a Matrix id is what it is. */
function personOf(name: string): string {
  return senderIdOf(name) ?? name;
}

function present(principal: Principal, followup: Followup) {
  return presentFollowup(followup, principal.capabilities.has("chat.message.read"));
}
