import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Principal } from "../domain/governance/index.ts";
import { bug } from "../kernel/errors.ts";
import type { Door } from "./door.ts";
import { accessKeyRequired } from "./errors.ts";
import { socketToken } from "./stream/upgrades.ts";

declare module "fastify" {
  interface FastifyRequest {
    principal: Principal | null;
  }
}

/** Lets nobody into a scope without an access key, before a byte of the body is read. */
export function requireAccessKeys(scope: FastifyInstance, door: Door): void {
  scope.decorateRequest("principal", null);
  scope.addHook("onRequest", async (request) => {
    request.principal = await door.enter(bearerOf(request), request.ip);
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
  const token = findBearer(request);
  if (token === undefined) throw accessKeyRequired({});
  return token;
}

export function findBearer(request: FastifyRequest): string | undefined {
  const [, inHeader] = /^Bearer +([^ ]+) *$/i.exec(request.headers.authorization ?? "") ?? [];
  return inHeader ?? socketToken(request);
}
