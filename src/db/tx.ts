import type { Actor } from "../kernel/actor.ts";
import type { DomainEvent } from "../kernel/events.ts";
import type { JobSpec } from "../kernel/jobs.ts";
import type { Prisma } from "./generated/client.ts";

/** The client that statements inside one database transaction go through. */
export type DbClient = Prisma.TransactionClient;

/** Which previews are to go: of whole messages, and of single edits. */
export interface PreviewsToBlank {
  /** Ids of the `chat.message.created` events of messages that were redacted. */
  readonly createdIds: readonly string[];
  /** Matrix event ids of those messages. */
  readonly messages: readonly string[];
  /** Matrix event ids of edits that were redacted, and of the messages they edit. */
  readonly edits: readonly { readonly eventId: string; readonly target: string }[];
}

/**
 * One unit of work. Rows, events and jobs written through it commit together or not at all.
 * No call to the outside is made while one is open.
 */
export interface Tx {
  readonly db: DbClient;
  readonly actor: Actor;
  /** The moment of this transaction; every row it writes has this time. */
  readonly now: Date;
  /** Tells others. Written to `outbox_events` at the end of the transaction. */
  emit(event: DomainEvent): void;
  /** Takes previews out of events that told of content which is redacted now. Done at the end, with the telling. */
  blank(previews: PreviewsToBlank): void;
  /** Asks for work to be done after the commit. */
  enqueue<P extends object>(job: JobSpec<P>, payload: P): void;
}
