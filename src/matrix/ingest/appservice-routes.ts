import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../../kernel/errors.ts";
import { at, stringAt } from "../../kernel/json.ts";
import { answerError, matrixErrors } from "./matrix-errors.ts";
import { reasonOf } from "./reason-of.ts";
import { tokenCheck } from "./token-check.ts";
import { type TransactionDeps, takeTransaction } from "./transaction.ts";

/** What the homeserver may ask about our namespaces. True means: it exists now, made if need be. */
export interface AppserviceQueries {
  user(userId: string): Promise<boolean>;
  alias(alias: string): Promise<boolean>;
}

export interface AppserviceDeps extends TransactionDeps {
  readonly hsToken: string;
  readonly queries: AppserviceQueries;
  /** Told the transaction id of each ping that arrives. */
  onPing(transactionId: string | undefined): void;
}

/** A full Synapse transaction stays under this: 100 events of 64 KiB with their previous content, and to-device messages. */
export const maxTransactionBytes = 64 * 1024 * 1024;

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;
const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/**
 * The application service API (specification v1.19), as the homeserver calls it under `/_matrix/app`. The token is
 * checked before a byte of the body is read; an answer is always JSON, success always 200 with an object.
 */
export function registerAppservice(app: FastifyInstance, deps: AppserviceDeps): void {
  app.register(
    (scope, _options, done) => {
      readBodiesAsBytes(scope);
      refuseStrangers(scope, deps.hsToken);
      scope.setErrorHandler((error, request, reply) => answerThrown(deps, error, request, reply));
      scope.setNotFoundHandler((_request, reply) => answerError(reply, matrixErrors.unknownPath));
      for (const [method, url, handler] of endpoints(deps)) {
        scope.route({ method, url, handler });
        const others = methods.filter((other) => other !== method);
        scope.route({
          method: others,
          url,
          handler: (_request, reply) => answerError(reply, matrixErrors.wrongMethod),
        });
      }
      done();
    },
    { prefix: "/_matrix/app" },
  );
}

function endpoints(deps: AppserviceDeps): [(typeof methods)[number], string, Handler][] {
  return [
    ["PUT", "/v1/transactions/:txnId", (request, reply) => putTransaction(deps, request, reply)],
    [
      "GET",
      "/v1/users/:userId",
      (request, reply) => answerQuery(reply, deps.queries.user(parameter(request, "userId"))),
    ],
    [
      "GET",
      "/v1/rooms/:alias",
      (request, reply) => answerQuery(reply, deps.queries.alias(parameter(request, "alias"))),
    ],
    ["POST", "/v1/ping", (request, reply) => takePing(deps, request, reply)],
    // The bridge speaks no third-party protocol; there is nothing to look up.
    [
      "GET",
      "/v1/thirdparty/protocol/:protocol",
      (_request, reply) => answerError(reply, matrixErrors.notFound),
    ],
    ["GET", "/v1/thirdparty/user", () => []],
    ["GET", "/v1/thirdparty/user/:protocol", (_request, reply) => answerError(reply, matrixErrors.notFound)],
    ["GET", "/v1/thirdparty/location", () => []],
    [
      "GET",
      "/v1/thirdparty/location/:protocol",
      (_request, reply) => answerError(reply, matrixErrors.notFound),
    ],
  ];
}

async function putTransaction(
  deps: AppserviceDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<object> {
  const refusal = await takeTransaction(deps, parameter(request, "txnId"), bodyOf(request));
  return refusal === undefined ? {} : answerError(reply, refusal);
}

async function answerQuery(reply: FastifyReply, exists: Promise<boolean>): Promise<object> {
  return (await exists) ? {} : answerError(reply, matrixErrors.notFound);
}

function takePing(deps: AppserviceDeps, request: FastifyRequest, reply: FastifyReply): object {
  const body = bodyOf(request);
  try {
    deps.onPing(
      body.length === 0 ? undefined : stringAt(JSON.parse(body.toString("utf8")), "transaction_id"),
    );
  } catch {
    return answerError(reply, matrixErrors.notJson);
  }
  return {};
}

/** Whatever the content type says, the bytes are the body: a wrong header must never make a transaction look empty. */
function readBodiesAsBytes(scope: FastifyInstance): void {
  scope.addHook("onRequest", (request, _reply, done) => {
    // Fastify refuses one that it cannot parse.
    delete request.headers["content-type"];
    done();
  });
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    "*",
    { parseAs: "buffer", bodyLimit: maxTransactionBytes },
    (_request, body, done) => {
      done(null, body);
    },
  );
}

function refuseStrangers(scope: FastifyInstance, hsToken: string): void {
  const check = tokenCheck(hsToken);
  scope.addHook("onRequest", async (request, reply) => {
    if (request.is404) return answerError(reply.header("connection", "close"), matrixErrors.unknownPath);
    const verdict = check(request.headers.authorization, at(request.query, "access_token"));
    if (verdict === "ok") return;
    // The body of a stranger is not worth reading to the end.
    const refusal = verdict === "missing" ? matrixErrors.missingToken : matrixErrors.wrongToken;
    return answerError(reply.header("connection", "close"), refusal);
  });
}

function answerThrown(
  deps: AppserviceDeps,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (error instanceof AppError && error.kind === "unavailable") {
    if (request.method === "PUT") deps.counters.count("transaction_failures", 1, { errcode: "M_UNKNOWN" });
    deps.log.warn(
      { ...reasonOf(error), url: request.routeOptions.url },
      "answered 503: the homeserver will try again",
    );
    return answerError(reply, matrixErrors.unavailable);
  }
  const status = at(error, "statusCode");
  if (status === 413) return answerError(reply, matrixErrors.tooLarge);
  if (typeof status === "number" && status >= 400 && status < 500)
    return answerError(reply, matrixErrors.badRequest);
  deps.log.error(
    { ...reasonOf(error), url: request.routeOptions.url },
    "an application service request failed",
  );
  return answerError(reply, matrixErrors.internal);
}

function bodyOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

function parameter(request: FastifyRequest, name: string): string {
  return stringAt(request.params, name) ?? "";
}
