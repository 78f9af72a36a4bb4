import { createRecentMap } from "./recent-map.ts";

/** So many requests a second in the long run, and so many at once after a rest. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

export const defaultRateLimit: RateLimit = { perSecond: 50, burst: 200 };

/** Tokens that are none, from one address: a wrong setting is noticed, a guess is not worth it. */
export const defaultFailureLimit: RateLimit = { perSecond: 1, burst: 60 };

const keptBuckets = 10_000;

/**
 * A token bucket per name, in memory: a bound on what one caller can make one process do, not a quota. Of more names than
 * are kept the one that was used longest ago begins anew. `now` is in milliseconds and never goes back.
 */
export function createRateLimiter(limit: RateLimit, now: () => number, kept = keptBuckets) {
  const buckets = createRecentMap<string, { readonly tokens: number; readonly at: number }>(kept);

  function levelOf(name: string, at: number): number {
    const bucket = buckets.get(name);
    if (bucket === undefined) return limit.burst;
    return Math.min(limit.burst, bucket.tokens + ((at - bucket.at) / 1000) * limit.perSecond);
  }

  function secondsUntilOne(tokens: number): number {
    return tokens >= 1 ? 0 : Math.max(1, Math.ceil((1 - tokens) / limit.perSecond));
  }

  return {
    /** Spends a token and gives 0, or gives the seconds to wait. */
    take(name: string): number {
      const at = now();
      const tokens = levelOf(name, at);
      const wait = secondsUntilOne(tokens);
      if (wait === 0) buckets.set(name, { tokens: tokens - 1, at });
      return wait;
    },
    /** The seconds to wait for a token, without spending it. */
    wait: (name: string): number => secondsUntilOne(levelOf(name, now())),
    size: buckets.size,
  };
}

export type RateLimiter = ReturnType<typeof createRateLimiter>;
