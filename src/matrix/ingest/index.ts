/**
 * Matrix in: the application service API that the homeserver calls, and how its events become facts.
 * Always true: when a transaction is answered with 200, each of its events is committed: in the mirror, known already,
 * of no concern, or kept as a dead letter.
 */
export {
  type AppserviceDeps,
  type AppserviceQueries,
  maxTransactionBytes,
  registerAppservice,
} from "./appservice-routes.ts";
export {
  deadLetterMissing,
  dropDeadLetter,
  dropLettersOf,
  dropOldLetters,
  retryDeadLetter,
} from "./dead-letters.ts";
export { type DeadLetter, selectDeadLetter, selectDeadLetters } from "./dead-letters-store.ts";
export { type IngestDeps, type Ingested, ingestEvents } from "./ingest-events.ts";
export type { Namespace } from "./namespace.ts";
export { parseEvent } from "./parse-event.ts";
export { readQuestionFrom } from "./read-question.ts";
export type { LastTransaction } from "./transaction.ts";
