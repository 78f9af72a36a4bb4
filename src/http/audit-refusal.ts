import type { FastifyRequest } from "fastify";
import { type Database, transact } from "../db/index.ts";
import { accessKeyExpired, accessKeyRevoked, audit, type Principal } from "../domain/governance/index.ts";
import { AppError } from "../kernel/errors.ts";
import { clauseOf } from "./clause-of.ts";
import { createRecentMap } from "./recent-map.ts";

const minuteMs = 60_000;
const remembered = 10_000;

/**
 * Writes down that a key was refused something: 403s, 429s, channels that were hidden from it, and keys that are revoked
 * or have expired and are still used. Whoever asks again and
 * again fills no log: of the same refusal of a key in a minute the first is written, the tenth, the hundredth, and so on,
 * each with how many there were (in this process).
 */
export function openRefusalLog(database: Database) {
  const counts = createRecentMap<string, number>(remembered);

  function countOf(keyId: string, code: string): number {
    const minute = Math.floor(database.clock.now().getTime() / minuteMs);
    const name = `${keyId} ${code} ${minute}`;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count;
  }

  return async (request: FastifyRequest, asking: Principal | undefined, error: unknown): Promise<void> => {
    const refusal = refusalOf(error);
    const principal = asking ?? formerHolder(error);
    if (refusal === undefined || principal === undefined) return;
    const times = countOf(principal.keyId, refusal.code);
    if (!isPowerOfTen(times)) return;
    await transact(database, principal.actor, (tx) =>
      audit(tx, {
        action: "access.refused",
        resourceKind: "route",
        resourceId: `${request.method} ${request.routeOptions.url ?? ""}`,
        microdaoId: principal.scope.microdaoId,
        teamId: principal.scope.teamId,
        requestId: request.id,
        data: { ...refusal, key_id: principal.keyId, params: idsIn(request.params), times },
      }),
    );
  };
}

/** What was asked for, by ids alone: a path may have words in it, and a whole token where only its id belongs. */
function idsIn(params: unknown): Record<string, string> {
  const entries = Object.entries(params ?? {}).filter(([name]) => name.endsWith("Id"));
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      String(value)
        .replace(/^(ak_[0-9a-z]{26}).+$/s, "$1")
        .slice(0, 255),
    ]),
  );
}

export type RefusalLog = ReturnType<typeof openRefusalLog>;

function isPowerOfTen(count: number): boolean {
  return /^10*$/.test(String(count));
}

interface Refusal {
  readonly code: string;
  readonly clause?: string;
}

function formerHolder(error: unknown): Principal | undefined {
  return accessKeyRevoked.is(error) || accessKeyExpired.is(error) ? error.details.holder : undefined;
}

function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof AppError)) return undefined;
  if (formerHolder(error) !== undefined) return { code: error.code };
  const clause = clauseOf(error);
  if (error.kind === "forbidden" || error.kind === "limited") {
    return { code: error.code, ...(clause !== undefined && { clause }) };
  }
  const { details } = error;
  if ("denial" in details && typeof details.denial === "string") return { code: details.denial };
  return refusalOf(error.cause);
}
