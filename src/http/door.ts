import { hash } from "node:crypto";
import type { Database } from "../db/index.ts";
import { authenticate, type HashKey, type Principal, recallPrincipal } from "../domain/governance/index.ts";
import { AppError } from "../kernel/errors.ts";
import { rateLimited, tooManyFailures } from "./errors.ts";
import type { RateLimiter } from "./rate-limit.ts";
import { createRecentMap } from "./recent-map.ts";

export interface DoorParts {
  readonly database: Database;
  readonly hashKey: HashKey;
  /** Requests, by token. */
  readonly requests: RateLimiter;
  /** Tokens that were none, by address. */
  readonly failures: RateLimiter;
}

const remembered = 10_000;

/**
 * Lets requests in. Both limits come before the database is asked: so many requests with one token, and so many tokens
 * that are none from one address. A token that was good here before passes the second one: whoever guesses behind the
 * same proxy locks nobody out. What is remembered of a token is its hash.
 */
export function openDoor({ database, hashKey, requests, failures }: DoorParts) {
  const good = createRecentMap<string, Principal>(remembered);

  function spend(name: string): void {
    const retryAfterSeconds = requests.take(name);
    if (retryAfterSeconds > 0) throw rateLimited({ retryAfterSeconds });
  }

  return {
    /** Whose token this is. Throws `rate_limited`, `too_many_failures`, and what `authenticate` throws. */
    async enter(token: string, address: string): Promise<Principal> {
      const name = hash("sha256", token, "base64url");
      spend(name);
      const retryAfterSeconds = good.get(name) === undefined ? failures.wait(address) : 0;
      if (retryAfterSeconds > 0) throw tooManyFailures({ retryAfterSeconds });
      try {
        const principal = await authenticate(database, hashKey, token);
        good.set(name, principal);
        return principal;
      } catch (error) {
        if (error instanceof AppError && error.kind === "unauthenticated") {
          good.delete(name);
          failures.take(address);
        }
        throw error;
      }
    },
    /** Whoever holds a key by whose link something is asked for. */
    async enterByLink(keyId: string): Promise<Principal> {
      spend(keyId);
      return recallPrincipal(database, keyId);
    },
    /** Who held a token when it was last good, for the audit log. */
    lastKnown(token: string): Principal | undefined {
      return good.get(hash("sha256", token, "base64url"));
    },
  };
}

export type Door = ReturnType<typeof openDoor>;
