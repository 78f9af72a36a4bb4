import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Database } from "../db/index.ts";
import { authenticate, type HashKey, type Principal } from "../domain/governance/index.ts";
import { bug } from "../kernel/errors.ts";
import { accessKeyRequired, rateLimited } from "./errors.ts";
import type { RateLimiter } from "./rate-limit.ts";
import { socketToken } from "./stream/upgrades.ts";

declare module "fastify" {
  interface FastifyRequest {
    principal: Principal | null;
  }
}

/** Lets nobody into a scope without an access key, before a byte of the body is read. */
export function requireAccessKeys(
  scope: FastifyInstance,
  { database, hashKey, limiter }: { database: Database; hashKey: HashKey; limiter: RateLimiter },
): void {
  scope.decorateRequest("principal", null);
  scope.addHook("onRequest", async (request) => {
    const principal = await authenticate(database, hashKey, bearerOf(request));
    request.principal = principal;
    const retryAfterSeconds = limiter.take(principal.keyId);
    if (retryAfterSeconds > 0) throw rateLimited({ retryAfterSeconds });
  });
}

/** Whom a request comes from. Only for routes in a scope that requires keys. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null)
    throw bug("a route that needs an access key lies outside the scope that asks for it");
  return request.principal;
}

/** RFC 6750 §2.1; the scheme's case does not matter (RFC 9110 §11.1). */
export function bearerOf(request: FastifyRequest): string {
  const [, inHeader] = /^Bearer +([^ ]+) *$/i.exec(request.headers.authorization ?? "") ?? [];
  const token = inHeader ?? socketToken(request);
  if (token === undefined) throw accessKeyRequired({});
  return token;
}
