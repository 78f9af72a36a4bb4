import { monotonicMs } from "../../kernel/clock.ts";
import { declareError } from "../../kernel/errors.ts";
import { at, integerAt, isObject } from "../../kernel/json.ts";
import { type IngestDeps, type Ingested, ingestEvents } from "./ingest-events.ts";
import { type MatrixErrorAnswer, matrixErrors } from "./matrix-errors.ts";

/** What is remembered of the last transaction, for `/ready` and the metrics. */
export interface LastTransaction {
  at: Date | undefined;
  /** Its id, if it is one that can be kept. */
  id: string | null;
  /** How long its newest event had been on the way, in seconds. */
  lagSeconds: number | undefined;
}

export interface TransactionDeps extends IngestDeps {
  readonly lastTransaction: LastTransaction;
  /** When to give up waiting for the database. Default 50 s: the homeserver waits 60 s for an answer. */
  readonly answerWithinMs?: number;
  /** Takes the ephemeral events of a transaction that is stored. Must return at once and not throw. */
  readonly onEphemeral?: (ephemeral: readonly unknown[]) => void;
}

const defaultAnswerMs = 50_000;

const transactionSlow = declareError<Record<string, never>>(
  "transaction_slow",
  "unavailable",
  () => "The database has not stored the transaction in time. It may do so yet; trying again does no harm.",
);

/**
 * Stores one transaction. When it returns nothing, every event is committed and the homeserver may be told 200; else it
 * gives the error to answer. Source: application service API, `PUT /_matrix/app/v1/transactions/{txnId}`.
 */
export async function takeTransaction(
  deps: TransactionDeps,
  txnId: string,
  body: Buffer,
): Promise<MatrixErrorAnswer | undefined> {
  const began = monotonicMs();
  const events = readEvents(body);
  if ("errcode" in events) {
    deps.counters.count("transaction_failures", 1, { errcode: events.errcode });
    deps.log.error(
      { txnId: txnId.slice(0, 64), bytes: body.length, errcode: events.errcode },
      "the homeserver sent a transaction that cannot be read; it will repeat it until somebody looks",
    );
    return events;
  }
  const done = await inTime(
    ingestEvents(deps, events.events, { source: "push", txnId: storableTxnId(txnId) }),
    deps.answerWithinMs ?? defaultAnswerMs,
  );
  deps.lastTransaction.id = storableTxnId(txnId);
  note(deps, events, (monotonicMs() - began) / 1000);
  deps.onEphemeral?.(events.ephemeral);
  logDone(deps, txnId, events.events.length, done);
  return undefined;
}

/** The same, unless it takes too long: a statement that hangs must not keep the homeserver waiting until it gives up. */
async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(transactionSlow({})), ms);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

interface ReadEvents {
  readonly events: readonly unknown[];
  readonly ephemeral: readonly unknown[];
}

function readEvents(body: Buffer): ReadEvents | MatrixErrorAnswer {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch {
    // What was wrong with it is of no use to the homeserver, and the text may quote content.
    return matrixErrors.notJson;
  }
  const events = at(parsed, "events");
  if (!isObject(parsed) || !Array.isArray(events)) return matrixErrors.badJson;
  // With both registration keys set, Synapse sends the same data under both names: one is read.
  const ephemeral = at(parsed, "ephemeral") ?? at(parsed, "de.sorunome.msc2409.ephemeral");
  return { events, ephemeral: Array.isArray(ephemeral) ? ephemeral : [] };
}

function note(
  { counters, database, lastTransaction }: IngestDeps & { lastTransaction: LastTransaction },
  { events, ephemeral }: ReadEvents,
  seconds: number,
): void {
  const now = database.clock.now();
  counters.count("transactions");
  counters.count("ephemeral_events", ephemeral.length);
  counters.observe("transaction", seconds);
  lastTransaction.at = now;
  const newest = integerAt(events.at(-1), "origin_server_ts");
  if (newest === undefined) return;
  lastTransaction.lagSeconds = Math.max(0, (now.getTime() - newest) / 1000);
  counters.observe("event_lag", lastTransaction.lagSeconds);
}

function logDone({ log }: IngestDeps, txnId: string, events: number, done: Ingested): void {
  log.debug({ txnId: txnId.slice(0, 64), events, ...done }, "transaction stored");
}

/** The id is for diagnosis only and comes from outside: it is kept if it can be. */
function storableTxnId(txnId: string): string | null {
  return /^[\x20-\x7e]{1,255}$/.test(txnId) ? txnId : null;
}
