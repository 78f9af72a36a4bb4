/** How long something may take, in milliseconds. */
export interface Patience {
  /** Until the first sign of an answer. */
  readonly firstMs: number;
  /** Between two signs. */
  readonly betweenMs: number;
  /** For all of it. */
  readonly wholeMs: number;
}

export const usualPatience: Patience = { firstMs: 60_000, betweenMs: 30_000, wholeMs: 600_000 };

export interface Watch {
  /** Aborted when the caller does not want it any more, or patience has run out. */
  readonly signal: AbortSignal;
  /** What was waited for in vain, when patience has run out. */
  readonly ranOut: () => string | undefined;
  /** Something came. */
  sign(): void;
  /** Nothing more is expected: stops the clocks and whatever still hangs on the signal. */
  end(): void;
}

/** Watches over one request. */
export function keepPatience(patience: Patience, wanted: AbortSignal): Watch {
  const stop = new AbortController();
  let ranOut: string | undefined;
  const after = (ms: number, what: string) =>
    setTimeout(() => {
      ranOut = `${what} for ${ms / 1000} s`;
      stop.abort();
    }, ms);
  const whole = after(patience.wholeMs, "no end");
  let next = after(patience.firstMs, "not a word");
  return {
    signal: AbortSignal.any([wanted, stop.signal]),
    ranOut: () => ranOut,
    sign() {
      clearTimeout(next);
      next = after(patience.betweenMs, "nothing more");
    },
    end() {
      clearTimeout(whole);
      clearTimeout(next);
      stop.abort();
    },
  };
}
