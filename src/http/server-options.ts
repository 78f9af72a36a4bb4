import type { FastifyServerOptions } from "fastify";
import type { IncomingMessage } from "node:http";
import { randomToken } from "../kernel/random.ts";

/**
 * What the server itself must be told for the API: request ids, whoever sends one may choose it; paths that cannot be
 * decoded; and that the API writes its own access log.
 */
export const apiServerOptions = {
  logger: false,
  genReqId: (request: IncomingMessage) => {
    const given = request.headers["x-request-id"];
    return typeof given === "string" && /^[A-Za-z0-9._-]{8,64}$/.test(given) ? given : randomToken(12);
  },
  routerOptions: { maxParamLength: 300 },
} satisfies FastifyServerOptions;
