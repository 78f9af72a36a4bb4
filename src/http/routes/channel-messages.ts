import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type Tx, transact } from "../../db/index.ts";
import { requireHeldRun } from "../../domain/endpoints/index.ts";
import { audit, authorize, type Principal } from "../../domain/governance/index.ts";
import {
  type Cause,
  findMessage,
  findStream,
  listMessages,
  openStream,
  postMessage,
} from "../../domain/messaging/index.ts";
import { bug } from "../../kernel/errors.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { goOnWithAnswer, type Posted } from "../go-on-with-answer.ts";
import { linksFor } from "../media-links.ts";
import { piecesType } from "../piece-bodies.ts";
import { requireAgent } from "../require-agent.ts";
import { sayInPieces } from "../say-in-pieces.ts";
import {
  messagePageSchema,
  postedMessageSchema,
  presentMessage,
  presentTracked,
} from "../schemas/message.ts";
import {
  attachmentOf,
  bodyOf,
  type NewMessage,
  newMessageHeaders,
  newMessageSchema,
  referenceOf,
} from "../schemas/new-message.ts";
import { pageQuery } from "../schemas/values.ts";
import { spendMessages } from "../spend-messages.ts";
import { checked } from "../validate-request.ts";

const inChannel = z.object({ channelId: z.string() });

const listQuery = z.strictObject({
  ...pageQuery,
  order: z.enum(["desc", "asc"]).default("desc").meta({ description: "Newest first, or oldest first." }),
});

/** What is said in a channel: read by all who may see it, written by agents. */
export function channelMessageRoutes(scope: ApiScope, deps: RouteDeps): void {
  scope.get(
    "/channels/:channelId/messages",
    {
      schema: {
        operationId: "listChannelMessages",
        summary: "The messages of a channel, newest first",
        description: "Pages are stable: what is said meanwhile shifts nothing.",
        tags: ["messages"],
        params: inChannel,
        querystring: listQuery,
        response: { 200: messagePageSchema, ...refusals(401, 403, 404, 422, 429, 503) },
      },
    },
    async (request) => {
      const linkTo = linksFor(deps.links, principalOf(request));
      const { limit, cursor, order } = request.query;
      const after = decodeCursor(cursor);
      const { db } = deps.database;
      const id = decodeId("c", request.params.channelId);
      const { channelId } = await authorize(db, principalOf(request), "chat.message.read", id);
      const messages = await listMessages(db, { channelId, order, after, limit: limit + 1 });
      const page = messages.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map((message) => presentMessage(message, linkTo)),
        nextCursor: messages.length > limit && last !== undefined ? encodeCursor(last) : null,
      };
    },
  );
  postRoute(scope, deps);
}

function postRoute(scope: ApiScope, deps: RouteDeps): void {
  scope.post(
    "/channels/:channelId/messages",
    {
      schema: {
        operationId: "postChannelMessage",
        summary: "Say something as the agent that the key belongs to",
        description:
          "Answers as soon as the message is stored; it is delivered at once and retried until the homeserver takes or " +
          "refuses it. `GET` the `Location` to see how far it is. An agent that is not in the room joins it first. An answer " +
          "to a repeated request has the header `Idempotency-Replayed: true`. As `application/x-ndjson` it is a message that " +
          "grows while the body comes: the first line is this object, with the first words, and each line after it is a " +
          "`StreamPiece` without `seq`. The end of the body is the end of the message, which then is the answer.",
        tags: ["messages"],
        consumes: ["application/json", piecesType],
        params: inChannel,
        headers: newMessageHeaders,
        body: newMessageSchema,
        response: { 202: postedMessageSchema, ...refusals(401, 403, 404, 409, 413, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { pieces } = request;
      const principal = principalOf(request);
      const wish = {
        channelId: decodeId("c", request.params.channelId),
        key: request.headers["idempotency-key"],
        message: request.body,
      };
      if (pieces !== null) return answerPosted(deps, principal, reply, await postPieces(deps, request, wish));
      const posted = await post(deps, request, wish);
      if (!posted.repeated) deps.wakeEgress();
      return answerPosted(deps, principal, reply, posted);
    },
  );
}

/** Begins a message that grows, or goes on with it, and answers when it has ended. One that has ended is not read any more. */
async function postPieces(deps: RouteDeps, request: FastifyRequest, asked: Wish): Promise<Posted> {
  const { pieces } = request;
  if (pieces === null) throw bug("a body that is whole was to be read in pieces");
  const principal = principalOf(request);
  const seat = deps.streams.admit(principal);
  try {
    const message = checked(newMessageSchema, "body", { ...asked.message, stream: true });
    const posted = await post(deps, request, { ...asked, message });
    deps.wakeEgress();
    const { runId, leaseToken } = message;
    const stream = await findStream(deps.database.db, posted.sendId);
    if (stream === undefined || (posted.repeated && stream.state !== "open")) return posted;
    const talk = {
      principal,
      sendId: posted.sendId,
      text: message.markdown ?? message.text ?? "",
      seq: stream.seq,
      run:
        runId === undefined || leaseToken === undefined
          ? undefined
          : { agentId: stream.agentId, runId, leaseToken },
    };
    return { ...posted, parts: await sayInPieces(deps, talk, pieces) };
  } finally {
    seat.leave();
  }
}

interface Wish {
  readonly channelId: string | undefined;
  readonly key: string | undefined;
  readonly message: NewMessage;
}

/** Decision, message and audit row in one database transaction. */
async function post({ database }: RouteDeps, request: FastifyRequest, wish: Wish): Promise<Posted> {
  const principal = principalOf(request);
  const agentId = requireAgent(principal);
  return transact(database, principal.actor, async (tx) => {
    const channel = await authorize(tx.db, principal, "chat.message.send", wish.channelId);
    const idempotency = wish.key === undefined ? undefined : { scope: principal.subject.id, key: wish.key };
    const cause = await causeOf(tx, agentId, wish.message);
    const { msgtype, overflow, stream } = wish.message;
    const saying = {
      channelId: channel.channelId,
      agentId,
      msgtype,
      replyTo: referenceOf(wish.message.replyTo),
      threadRoot: referenceOf(wish.message.threadRoot),
      idempotency,
      cause,
    };
    const body = bodyOf(wish.message);
    const earlier = cause && (await goOnWithAnswer(tx, saying, wish.message));
    if (earlier !== undefined) return earlier;
    const posted =
      stream === true
        ? await openStream(tx, saying, body)
        : await postMessage(tx, {
            ...saying,
            body,
            overflow,
            attachment: attachmentOf(wish.message.attachment),
          });
    if (!posted.repeated) {
      await spendMessages(tx, principal);
      await audit(tx, {
        action: "message.posted",
        resourceKind: "message",
        resourceId: posted.messageId,
        microdaoId: channel.microdaoId,
        teamId: channel.teamId,
        requestId: request.id,
        data: { key_id: principal.keyId },
      });
    }
    return posted;
  });
}

/** What a message that is said for a run is caused by. */
async function causeOf(
  tx: Tx,
  agentId: string,
  { runId, leaseToken }: NewMessage,
): Promise<Cause | undefined> {
  if (runId === undefined || leaseToken === undefined) return undefined;
  return requireHeldRun(tx, { agentId, runId, leaseToken });
}

async function answerPosted(
  { database, links }: RouteDeps,
  principal: Principal,
  reply: FastifyReply,
  posted: Posted,
) {
  const message = await findMessage(database.db, posted.sendId);
  if (message === undefined) throw bug("a message that was just posted is not there");
  reply.code(202).header("location", `/v1/messages/${posted.messageId}`);
  if (posted.repeated) reply.header("idempotency-replayed", "true");
  const { parts = [] } = posted;
  return {
    ...presentTracked(message, linksFor(links, principal)),
    ...(parts.length > 1 && { parts: [...parts] }),
  };
}
