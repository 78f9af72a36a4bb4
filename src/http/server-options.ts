import type { IncomingMessage } from "node:http";
import type { FastifyHttpOptions, FastifyReply, FastifyRequest, RawServerDefault } from "fastify";
import { randomToken } from "../kernel/random.ts";
import { malformedRequest } from "./errors.ts";
import { replyProblem } from "./reply-problem.ts";
import { wantsSocket } from "./stream/upgrades.ts";

/**
 * What the server itself must be told for the API: request ids, which whoever asks may choose; how to refuse a path
 * that cannot be decoded, which no route ever sees; and that the API writes its own access log.
 */
export const apiServerOptions = {
  logger: false,
  genReqId: (request: IncomingMessage) => {
    const given = request.headers["x-request-id"];
    return typeof given === "string" && /^[A-Za-z0-9._-]{8,64}$/.test(given) ? given : randomToken(12);
  },
  // The key of a reaction, 500 characters outside the basic plane, is the longest.
  routerOptions: { maxParamLength: 1_000 },
  http: { shouldUpgradeCallback: wantsSocket },
  frameworkErrors: (_error: Error, request: FastifyRequest, reply: FastifyReply): void => {
    const what = "The path cannot be decoded.";
    // The homeserver expects errors of its own kind.
    if (request.url.startsWith("/_matrix/")) {
      void reply.code(400).send({ errcode: "M_INVALID_PARAM", error: what });
    } else {
      void replyProblem(reply.header("x-request-id", request.id), malformedRequest({ what }));
    }
  },
} satisfies FastifyHttpOptions<RawServerDefault>;
