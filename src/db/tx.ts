import type { Actor } from "../kernel/actor.ts";
import type { DomainEvent } from "../kernel/events.ts";
import type { JobSpec } from "../kernel/jobs.ts";

/** Sends statements: over any connection of the pool outside a transaction, over the transaction's own inside. */
export interface DbClient {
  /** Gives the rows. */
  $queryRawUnsafe<R = unknown>(sql: string, ...params: unknown[]): Promise<R>;
  /** Gives how many rows there were. */
  $executeRawUnsafe(sql: string, ...params: unknown[]): Promise<number>;
}

/**
 * A part of a compound statement: common table expressions that belong together, and what they give. `R` is the type of
 * the JSON that `result` yields. The names of all parts of one statement must differ.
 */
export interface StatementPart<R> {
  readonly params: readonly unknown[];
  /** The expressions; `$(0)` is the first of `params`. */
  readonly ctes: ($: (index: number) => string) => string;
  readonly result: ($: (index: number) => string) => string;
  /** Never present; it only carries the type. */
  readonly gives?: R;
}

/**
 * One unit of work. Rows, events and jobs written through it commit together or not at all.
 * No call to the outside is made while one is open.
 */
export interface Tx {
  readonly db: DbClient;
  /** Does not even wait for the BEGIN: for first statements, that only look and lock. */
  readonly ahead: DbClient;
  readonly actor: Actor;
  /** The moment of this transaction; every row it writes has this time. */
  readonly now: Date;
  /** Tells others. Written to `outbox_events` at the end of the transaction. */
  emit(event: DomainEvent): void;
  /**
   * Takes names and topics out of what was told of these channels (uuids), because they are redacted now. Done at the end,
   * with the telling.
   */
  blank(channelIds: readonly string[]): void;
  /** Writes along with the events, at the end: for what needs no answer and should not cost a round trip. */
  finally(name: string, part: StatementPart<unknown>): void;
  /** Wakes whoever waits for `bell` in this process, after the commit (`onWake`). */
  wake(bell: string): void;
  /** Asks for work to be done after the commit, or not before a later moment. */
  enqueue<P extends object>(job: JobSpec<P>, payload: P, when?: { readonly startAfter: Date }): void;
}
