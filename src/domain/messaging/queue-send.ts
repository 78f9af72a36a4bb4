import type { DbClient, Tx } from "../../db/index.ts";
import { bug } from "../../kernel/errors.ts";
import { idempotencyKeyReused } from "./post-errors.ts";
import {
  insertSend,
  type KeyedSendRow,
  type NewSendRow,
  type SendState,
  selectSendByKey,
} from "./sends-store.ts";

/** Within a scope, which is mostly the agent, the same key is the same request for ever. */
export interface Idempotency {
  readonly scope: string;
  readonly key: string;
}

export interface QueuedSend {
  /** uuid of the `matrix.sends` row. */
  readonly sendId: string;
  readonly state: SendState;
  /** Whether an earlier request had queued it. */
  readonly repeated: boolean;
}

type Asked = Pick<NewSendRow, "idempotency" | "requestHash">;

/** What an earlier request with the same idempotency key has queued. Throws `idempotency_key_reused`. */
export async function findRepeated(db: DbClient, asked: Asked): Promise<QueuedSend | undefined> {
  const earlier = asked.idempotency && (await selectSendByKey(db, asked.idempotency));
  return earlier && repeated(earlier, asked.requestHash);
}

/**
 * Queues one event under a transaction id of its own, or gives what a request with the same key has queued meanwhile.
 * Throws `idempotency_key_reused`.
 */
export async function queueSend(tx: Tx, row: Omit<NewSendRow, "txnId">): Promise<QueuedSend> {
  if (await insertSend(tx, { ...row, txnId: `md.${row.id}` })) {
    return { sendId: row.id, state: "queued", repeated: false };
  }
  const meanwhile = await findRepeated(tx.db, row);
  if (meanwhile === undefined) throw bug("a send met a row with its idempotency key, and there is none");
  return meanwhile;
}

function repeated({ id, state, requestHash }: KeyedSendRow, asked: Uint8Array): QueuedSend {
  if (requestHash === null || Buffer.compare(requestHash, asked) !== 0) throw idempotencyKeyReused({});
  return { sendId: id, state, repeated: true };
}
