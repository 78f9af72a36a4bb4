/**
 * The database: one client, one way to open a transaction, and what its errors mean.
 * Always true: rows, events and jobs of one `transact` commit together; nothing outside is called while it is open.
 */

export { runParts } from "./compound-statement.ts";
export { type Database, type DatabaseOptions, openDatabase, transact } from "./database.ts";
export { type AnyJobSpec, type JobQueue, openJobQueue } from "./job-queue.ts";
export { keepOutboxOrder } from "./keep-outbox-order.ts";
export {
  findOutboxEnd,
  findOutboxPlace,
  isBefore,
  type OutboxPlace,
  type OutboxRow,
  outboxBeginning,
  readOutbox,
} from "./outbox-reader.ts";
export { type DatabaseFault, databaseAway, faultOf, sqlState } from "./postgres-errors.ts";
export { isGone, openPresence, type Presence } from "./presence.ts";
export { attempt } from "./savepoint.ts";
export { microsecondsOf, timeOfMicroseconds } from "./sql-time.ts";
export type { DbClient, StatementPart, Tx } from "./tx.ts";
export { onWake } from "./wake.ts";
