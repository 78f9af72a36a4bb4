import type { Tx } from "../../db/index.ts";
import { AppError, bug, declareError } from "../../kernel/errors.ts";
import { encodeId } from "../../kernel/ids.ts";
import { idempotencyKeyReused } from "./post-errors.ts";
import { hashOf, type PostedMessage } from "./post-message.ts";
import { requirePostPlace } from "./post-place.ts";
import { type Prepared, prepareSends, type Saying } from "./prepare-sends.ts";
import {
  insertSends,
  type KeyedSendRow,
  type SendState,
  selectPartsOf,
  selectSendsByKeys,
} from "./sends-store.ts";

export interface PostMessages {
  /** uuid */
  readonly channelId: string;
  /** uuid of the agent that says them. Whether it may is the caller's business. */
  readonly agentId: string;
  /** In the order in which they are to be said. Keys are all of one scope. */
  readonly sayings: readonly Saying[];
}

/** One thing that is wrong with a batch. */
export interface BatchFault {
  readonly in: "body";
  /** JSON Pointer (RFC 6901) into a body whose `messages` are the sayings. */
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export const batchRefused = declareError<{ faults: readonly BatchFault[] }>(
  "batch_refused",
  "invalid",
  ({ faults }) => `${faults.length} of the messages cannot be posted, so none was; "errors" names each.`,
);

/**
 * Writes down that an agent says several things, all or none, in this order; with as many statements as for one. What was
 * said before under its key is not said again. Throws `batch_refused` with every fault, and what `postMessage` throws of
 * the channel and the agent.
 */
export async function postMessages(tx: Tx, input: PostMessages): Promise<PostedMessage[]> {
  const { channelId, agentId, sayings } = input;
  const asked = sayings.map((saying) => ({
    ...saying,
    requestHash: hashOf({ ...saying, channelId, agentId }),
  }));
  const earlier = await findEarlier(tx, asked);
  const fresh = asked.filter(({ idempotency }) => !earlier.has(idempotency?.key ?? ""));
  const place = { channelId, agentId, ...(await requirePostPlace(tx.db, channelId, agentId)) };
  const built = new Map((await prepareSends(tx, place, fresh)).map((one, index) => [fresh[index], one]));
  const faults = asked.flatMap((saying, index) => faultOf(index, built.get(saying)));
  faults.push(...reusedKeys(asked, earlier));
  if (faults.length > 0) throw batchRefused({ faults: faults.slice(0, 100) });
  const posts = fresh.map((saying) => ({ saying, rows: rowsOf(built.get(saying)) }));
  const wanted = posts.flatMap(({ saying: { idempotency, requestHash }, rows }) =>
    rows.map((row, part) => (part === 0 ? { ...row, idempotency, requestHash } : row)),
  );
  const inserted = new Set(await insertSends(tx, wanted));
  // Somebody has used one of the keys at the same moment: the whole is tried again, and finds it.
  if (inserted.size < wanted.length) throw idempotencyKeyReused({});
  const rowsBySaying = new Map(posts.map(({ saying, rows }) => [saying, rows]));
  const parts = await selectPartsOf(
    tx.db,
    [...earlier.values()].map(({ id }) => id),
  );
  return asked.map((saying) => {
    const before = earlier.get(saying.idempotency?.key ?? "");
    if (before !== undefined) return postedAs([before.id, ...(parts.get(before.id) ?? [])], before.state);
    return postedAs((rowsBySaying.get(saying) ?? []).map(({ id }) => id));
  });
}

/** Without a state: it was queued just now. */
function postedAs(ids: readonly string[], before?: SendState): PostedMessage {
  const [sendId] = ids;
  if (sendId === undefined) throw bug("a message takes no send");
  return {
    sendId,
    messageId: encodeId("m", sendId),
    state: before ?? "queued",
    repeated: before !== undefined,
    parts: ids.map((id) => encodeId("m", id)),
  };
}

type Asked = Saying & { readonly requestHash: Uint8Array };

async function findEarlier(tx: Tx, asked: readonly Asked[]): Promise<Map<string, KeyedSendRow>> {
  const keyed = asked.flatMap(({ idempotency }) => idempotency ?? []);
  const scope = keyed[0]?.scope;
  if (scope === undefined) return new Map();
  const rows = await selectSendsByKeys(
    tx.db,
    scope,
    keyed.map(({ key }) => key),
  );
  return new Map(rows.map((row) => [row.key, row]));
}

function faultOf(index: number, prepared: Prepared | undefined): BatchFault[] {
  if (!(prepared instanceof AppError)) return [];
  const { code, message, details } = prepared;
  const field = "field" in details && typeof details.field === "string" ? `/${details.field}` : "";
  return [{ in: "body", pointer: `/messages/${index}${field}`, code, detail: message }];
}

/** Keys that stand for another message, in the database or in the batch itself. */
function reusedKeys(asked: readonly Asked[], earlier: ReadonlyMap<string, KeyedSendRow>): BatchFault[] {
  const seen = new Set<string>();
  return asked.flatMap(({ idempotency, requestHash }, index): BatchFault[] => {
    if (idempotency === undefined) return [];
    const { key } = idempotency;
    const before = earlier.get(key)?.requestHash;
    const isOther = before != null && Buffer.compare(before, requestHash) !== 0;
    const isTwice = seen.has(key);
    seen.add(key);
    if (!isOther && !isTwice) return [];
    const { code, message: detail } = idempotencyKeyReused({});
    return [{ in: "body", pointer: `/messages/${index}/idempotencyKey`, code, detail }];
  });
}

function rowsOf(prepared: Prepared | undefined) {
  if (prepared === undefined || prepared instanceof AppError) throw bug("a faulty message passed");
  return prepared.rows;
}
