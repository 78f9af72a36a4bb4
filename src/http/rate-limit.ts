/** So many requests a second in the long run, and so many at once after a rest. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

export const defaultRateLimit: RateLimit = { perSecond: 50, burst: 200 };

const keptBuckets = 10_000;

/**
 * A token bucket per key, in memory: a bound on what one key can make one process do, not a quota.
 * `take` spends a token and gives 0, or gives the seconds to wait. `now` is in milliseconds and never goes back.
 */
export function createRateLimiter(limit: RateLimit, now: () => number) {
  const buckets = new Map<string, { tokens: number; at: number }>();

  function level(bucket: { tokens: number; at: number }, at: number): number {
    return Math.min(limit.burst, bucket.tokens + ((at - bucket.at) / 1000) * limit.perSecond);
  }

  /** A full bucket is as good as none. */
  function forgetFull(at: number): void {
    for (const [key, bucket] of buckets) if (level(bucket, at) >= limit.burst) buckets.delete(key);
  }

  return {
    take(key: string): number {
      const at = now();
      const bucket = buckets.get(key) ?? { tokens: limit.burst, at };
      const tokens = level(bucket, at);
      if (tokens < 1) return Math.max(1, Math.ceil((1 - tokens) / limit.perSecond));
      buckets.set(key, { tokens: tokens - 1, at });
      if (buckets.size > keptBuckets) forgetFull(at);
      return 0;
    },
  };
}

export type RateLimiter = ReturnType<typeof createRateLimiter>;
