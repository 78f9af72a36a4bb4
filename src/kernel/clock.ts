/** Where the time comes from. Code that needs the time takes a Clock or `tx.now`, so that tests can hold it still. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** Milliseconds on a clock that never goes back, for measuring how long something took. */
export function monotonicMs(): number {
  return performance.now();
}
