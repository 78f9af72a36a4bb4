import { describe, expect, it } from "vitest";
import { createRateLimiter } from "./rate-limit.ts";

describe("the rate limit of a key", () => {
  it("lets a burst pass, then so many a second", () => {
    let now = 0;
    const limiter = createRateLimiter({ perSecond: 2, burst: 3 }, () => now);
    expect([1, 2, 3].map(() => limiter.take("a"))).toEqual([0, 0, 0]);
    expect(limiter.take("a")).toBe(1);
    now += 500;
    expect(limiter.take("a")).toBe(0);
    expect(limiter.take("a")).toBe(1);
  });

  it("one key does not spend another's", () => {
    const limiter = createRateLimiter({ perSecond: 1, burst: 1 }, () => 0);
    expect(limiter.take("a")).toBe(0);
    expect(limiter.take("a")).toBe(1);
    expect(limiter.take("b")).toBe(0);
  });

  it("a rest fills no more than the burst", () => {
    let now = 0;
    const limiter = createRateLimiter({ perSecond: 1, burst: 2 }, () => now);
    limiter.take("a");
    now += 3_600_000;
    expect([1, 2, 3].map(() => limiter.take("a"))).toEqual([0, 0, 1]);
  });

  it("asking how long to wait spends nothing", () => {
    const limiter = createRateLimiter({ perSecond: 0.5, burst: 1 }, () => 0);
    expect([limiter.wait("a"), limiter.wait("a"), limiter.take("a"), limiter.wait("a")]).toEqual([
      0, 0, 0, 2,
    ]);
  });

  it("memory is bounded, however many names come", () => {
    const limiter = createRateLimiter({ perSecond: 1, burst: 1 }, () => 0, 3);
    for (let name = 0; name < 100; name += 1) limiter.take(`name ${name}`);
    expect(limiter.size()).toBe(3);
    expect(limiter.take("name 99")).toBe(1);
  });
});
