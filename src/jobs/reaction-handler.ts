import type { Database } from "../db/index.ts";
import type { RunPolicy } from "../domain/agents/index.ts";
import type { ReactionPayload } from "../domain/messaging/index.ts";

export interface ReactionDeps {
  readonly database: Database;
  /** What keeps agents from going on for ever. */
  readonly runPolicy: RunPolicy;
  /** Messages were queued. */
  readonly wakeEgress: () => void;
}

/** Does what a reaction means; false when it does not mean this here, and the next is asked. Safe to run twice. */
export type ReactionHandler = (deps: ReactionDeps, reaction: ReactionPayload) => Promise<boolean>;
