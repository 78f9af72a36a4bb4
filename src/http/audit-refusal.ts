import type { FastifyRequest } from "fastify";
import { type Database, transact } from "../db/index.ts";
import { audit } from "../domain/governance/index.ts";
import { AppError } from "../kernel/errors.ts";

/** Writes down that a key was refused something: 403s, and channels that were hidden from it. */
export async function auditRefusal(
  database: Database,
  request: FastifyRequest,
  error: unknown,
): Promise<void> {
  const denial = denialOf(error);
  const { principal } = request;
  if (denial === undefined || principal === null) return;
  await transact(database, principal.actor, (tx) =>
    audit(tx, {
      action: "access.refused",
      resourceKind: "route",
      resourceId: `${request.method} ${request.routeOptions.url ?? ""}`,
      microdaoId: principal.scope.microdaoId,
      teamId: principal.scope.teamId,
      requestId: request.id,
      data: { code: denial, key_id: principal.keyId, params: request.params },
    }),
  );
}

function denialOf(error: unknown): string | undefined {
  if (!(error instanceof AppError)) return undefined;
  if (error.kind === "forbidden") return error.code;
  const { details } = error;
  if ("denial" in details && typeof details.denial === "string") return details.denial;
  return denialOf(error.cause);
}
