import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { databaseAway, faultOf } from "../db/index.ts";
import { AppError, bug } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import { malformedJson, malformedRequest, payloadTooLarge, unsupportedMediaType } from "./errors.ts";
import { problemHeaders, problemOf, problemType } from "./problem.ts";

/** Sends the answer to an error. */
export function replyProblem(reply: FastifyReply, error: AppError): FastifyReply {
  const problem = problemOf(error, reply.request.id);
  // Serialized here: the route's own response schemas are about success.
  return reply
    .code(problem.status)
    .headers(problemHeaders(error))
    .header("content-type", problemType)
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problem);
}

/** Turns whatever was thrown into an answer. Only what is our own fault is logged as an error. */
export function answerThrown(
  log: Log,
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const error = declaredOf(thrown, request);
  const fields = { requestId: request.id, route: request.routeOptions.url, code: error.code };
  if (error.kind === "bug") log.error({ ...fields, err: thrown }, "a request failed for a reason of our own");
  if (error.kind === "unavailable") log.warn({ ...fields, err: thrown }, "a request could not be served");
  return replyProblem(reply, error);
}

function declaredOf(thrown: unknown, request: FastifyRequest): AppError {
  if (thrown instanceof AppError) return thrown;
  if (isFastifyError(thrown)) return fastifyErrorOf(thrown, request);
  if (faultOf(thrown) === "away") return databaseAway({}, { cause: thrown });
  return bug("a request threw something undeclared", { cause: thrown });
}

function isFastifyError(thrown: unknown): thrown is FastifyError {
  return thrown instanceof Error && "code" in thrown && String(thrown.code).startsWith("FST_");
}

function fastifyErrorOf(error: FastifyError, request: FastifyRequest): AppError {
  const { statusCode = 500, code } = error;
  if (statusCode === 413) return payloadTooLarge({ limit: request.routeOptions.bodyLimit });
  if (statusCode === 415) return unsupportedMediaType({});
  if (code === "FST_ERR_CTP_EMPTY_JSON_BODY") return malformedJson({});
  if (statusCode >= 400 && statusCode < 500) return malformedRequest({ what: error.message });
  return bug(error.message, { cause: error });
}
