import type { Database } from "../db/index.ts";
import { type RunPolicy, tendAgents } from "../domain/agents/index.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";

const everyMs = 1_000;

/** Fires schedules and closes sessions, every second: a schedule is late by no more than that. */
export function tendAgentsRegularly(
  { database, log }: { readonly database: Database; readonly log: Log },
  policy: RunPolicy,
): { stop(): Promise<void> } {
  let tending: Promise<void> | undefined;
  const tend = () => {
    tending ??= tendAgents(database, policy)
      .catch((error: unknown) => log.warn({ reason: messageOf(error) }, "agents could not be looked after"))
      .finally(() => {
        tending = undefined;
      });
  };
  const timer = setInterval(tend, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await tending;
    },
  };
}
