import { messageOf } from "../kernel/errors.ts";
import { type ParkedDeps, tendParked } from "../matrix/parked/tend-parked.ts";

const everyMs = 5 * 60_000;

/** Looks after what waits for events that are not here, every five minutes. */
export function tendParkedRegularly(deps: ParkedDeps): { stop(): void } {
  const tend = () =>
    tendParked(deps).catch((error: unknown) => {
      deps.log.warn({ reason: messageOf(error) }, "what waits for missing events could not be looked after");
    });
  const timer = setInterval(() => void tend(), everyMs);
  return { stop: () => clearInterval(timer) };
}
