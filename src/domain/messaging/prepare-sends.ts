import type { Tx } from "../../db/index.ts";
import { AppError, bug } from "../../kernel/errors.ts";
import { encodeId, newUuid } from "../../kernel/ids.ts";
import type { Cause } from "./cause.ts";
import {
  buildAttachmentContent,
  buildEditContent,
  buildFileContent,
  buildMessageContent,
  type MessageBody,
  type MessageToBuild,
  type MessageType,
  storable,
  type Thread,
  type UsedTool,
} from "./message-content.ts";
import { selectLatestInThreads, selectTargets, type TargetRow } from "./post-context-store.ts";
import { messageEmpty, messageTooLarge, targetMissing, targetNotDelivered } from "./post-errors.ts";
import type { ReadyPlace } from "./post-place.ts";
import type { Idempotency } from "./queue-send.ts";
import type { NewSendRow } from "./sends-store.ts";
import { splitText } from "./split-text.ts";
import { selectUploadsAt, type Upload } from "./uploads-store.ts";

/** A message of the same channel: its uuid (`messages.id`) or its Matrix event id. */
export type MessageRef = { readonly id: string } | { readonly eventId: string };

/** What becomes of a text that one event does not hold: several messages, a file with a preview, or a refusal. */
export type Overflow = "split" | "attach" | "refuse";

/** What an agent says. */
export interface Saying {
  readonly body: MessageBody;
  /** Default `m.text`. */
  readonly msgtype?: MessageType | undefined;
  readonly replyTo?: MessageRef | undefined;
  /** Any message of the thread; a thread's root is never itself in a thread. */
  readonly threadRoot?: MessageRef | undefined;
  /** The same scope and key give the same message for ever. */
  readonly idempotency?: Idempotency | undefined;
  /** The run that says it; agents that answer agents are counted by it. */
  readonly cause?: Cause | undefined;
  /** What it used for its answer. */
  readonly tools?: readonly UsedTool[] | undefined;
  /** Default `refuse`. */
  readonly overflow?: Overflow | undefined;
  /** A file that is in Matrix already; the text is its caption, and may be empty. */
  readonly attachment?: { readonly mxc: string; readonly filename: string } | undefined;
}

export interface SpeakingPlace extends ReadyPlace {
  readonly channelId: string;
  readonly agentId: string;
}

export type PreparedRow = Omit<NewSendRow, "requestHash" | "idempotency">;

/** The sends of one saying, the first of which is the message; or why there can be none. */
export type Prepared = { readonly rows: readonly PreparedRow[]; readonly thread: Thread | null } | AppError;

/** More parts than this are a file. */
const mostParts = 5;
const previewChars = 1_000;

/** Builds what sayings take, whatever their number, with at most two questions to the database. */
export async function prepareSends(
  tx: Tx,
  place: SpeakingPlace,
  sayings: readonly (Saying & { readonly live?: boolean })[],
): Promise<Prepared[]> {
  const context = await readContext(tx, place.channelId, sayings);
  return sayings.map((saying): Prepared => {
    try {
      return prepare(tx.now, place, saying, context);
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
  });
}

/** The same for one; throws why there can be none. Gives its first send, the thread, and the other parts. */
export async function prepareOne(
  tx: Tx,
  place: SpeakingPlace,
  saying: Saying & { readonly live?: boolean },
): Promise<[first: PreparedRow, thread: Thread | null, others: readonly PreparedRow[]]> {
  const [prepared] = await prepareSends(tx, place, [saying]);
  if (prepared === undefined || prepared instanceof AppError) throw prepared ?? bug("nothing was prepared");
  const [first, ...others] = prepared.rows;
  if (first === undefined) throw bug("a message takes no send");
  return [first, prepared.thread, others];
}

interface Context {
  readonly targets: ReadonlyMap<string, TargetRow>;
  readonly latest: ReadonlyMap<string, string>;
  readonly uploads: ReadonlyMap<string, Upload>;
}

async function readContext(tx: Tx, channelId: string, sayings: readonly Saying[]): Promise<Context> {
  const addresses = sayings.flatMap(({ attachment }) => attachment?.mxc ?? []);
  const known = addresses.length === 0 ? [] : await selectUploadsAt(tx.db, addresses);
  const uploads = new Map(known.map((upload) => [upload.mxc, upload]));
  const refs = sayings.flatMap(({ replyTo, threadRoot }) => [replyTo ?? [], threadRoot ?? []].flat());
  if (refs.length === 0) return { targets: new Map(), latest: new Map(), uploads };
  const rows = await selectTargets(tx.db, channelId, refs);
  const targets = new Map(rows.map((row) => [row.ref, row]));
  const roots = rows.flatMap(({ threadRoot, eventId }) => [threadRoot ?? [], eventId ?? []].flat());
  const wantsThread =
    sayings.some(({ threadRoot }) => threadRoot !== undefined) ||
    rows.some(({ threadRoot }) => threadRoot !== null);
  const found = wantsThread ? await selectLatestInThreads(tx.db, channelId, [...new Set(roots)]) : [];
  return { targets, uploads, latest: new Map(found.map(({ root, latest }) => [root, latest])) };
}

function prepare(
  now: Date,
  place: SpeakingPlace,
  saying: Saying & { readonly live?: boolean },
  context: Context,
): Prepared {
  const { attachment, body, msgtype = "m.text", cause, tools, live, overflow = "refuse" } = saying;
  if (attachment === undefined && storable(sourceOf(body)).trim() === "") throw messageEmpty({});
  const { replyTo, thread } = relationsOf(saying, context);
  const message = { body, msgtype, sender: place.sender, replyTo, thread, cause, tools, live };
  if (attachment === undefined) return { thread, rows: rowsOf(now, place, { ...message, overflow }) };
  const file = { ...attachment, upload: context.uploads.get(attachment.mxc) };
  const row = rowOf(now, place, (sendId) => buildAttachmentContent({ ...message, sendId }, file));
  return { thread, rows: [row] };
}

function relationsOf({ replyTo: ref, threadRoot }: Saying, { targets, latest }: Context) {
  const replyTo = targetOf(targets, "replyTo", ref);
  const named = targetOf(targets, "threadRoot", threadRoot);
  const root = named === null ? replyTo?.threadRoot : (named.threadRoot ?? named.eventId);
  return { replyTo, thread: root == null ? null : { root, latest: latest.get(root) ?? root } };
}

function targetOf(targets: Context["targets"], field: "replyTo" | "threadRoot", ref: MessageRef | undefined) {
  if (ref === undefined) return null;
  const target = targets.get("id" in ref ? ref.id : ref.eventId);
  if (target === undefined) throw targetMissing({ field });
  const { eventId, sender, threadRoot } = target;
  if (eventId === null) throw targetNotDelivered({ field });
  return { eventId, sender, threadRoot };
}

interface Sayable extends Omit<MessageToBuild, "sendId"> {
  readonly overflow: Overflow;
}

/** One send, or one for each part in order. Throws `message_too_large`. */
export function rowsOf(now: Date, place: SpeakingPlace, saying: Sayable): PreparedRow[] {
  const { overflow, ...message } = saying;
  try {
    return [rowOf(now, place, (sendId) => buildMessageContent({ ...message, sendId }))];
  } catch (error) {
    if (!messageTooLarge.is(error) || overflow === "refuse") throw error;
  }
  const parts = overflow === "split" ? partsOf(message.body, message) : [];
  if (parts.length === 0 || parts.length > mostParts) return [fileRow(now, place, message)];
  const first = newUuid(now);
  return parts.map((body, index) => {
    // The first one answers; the others go on from it.
    const replyTo = index === 0 ? message.replyTo : null;
    const build = (sendId: string) => buildMessageContent({ ...message, body, replyTo, sendId });
    return index === 0 ? rowOf(now, place, build, first) : { ...rowOf(now, place, build), partOf: first };
  });
}

/** A text as the parts of a message that can all be edited; more than `mostParts` of them are better a file. */
export function partsOf(
  body: MessageBody,
  { msgtype, sender, tools }: Pick<MessageToBuild, "msgtype" | "sender" | "tools">,
): MessageBody[] {
  const wrap = (text: string): MessageBody => ("text" in body ? { text } : { markdown: text });
  const fits = (text: string) => {
    try {
      buildEditContent({ body: wrap(text), msgtype, sender, tools, mentioned: [] });
      return true;
    } catch (error) {
      if (messageTooLarge.is(error)) return false;
      throw error;
    }
  };
  return splitText(sourceOf(body), fits).map(wrap);
}

/** The whole text as a file, with its beginning to be read in the room. */
export function fileRow(
  now: Date,
  place: SpeakingPlace,
  message: Omit<MessageToBuild, "sendId">,
): PreparedRow {
  return rowOf(now, place, (sendId) => buildFileContent({ ...message, sendId }, previewChars));
}

function rowOf(
  now: Date,
  { channelId, roomId, sender, agentId }: SpeakingPlace,
  build: (sendId: string) => Record<string, unknown>,
  id = newUuid(now),
): PreparedRow {
  return {
    id,
    kind: "message",
    txnId: `md.${id}`,
    channelId,
    roomId,
    senderMatrixId: sender,
    agentId,
    eventType: "m.room.message",
    content: build(encodeId("m", id)),
  };
}

export function sourceOf(body: MessageBody): string {
  return "text" in body ? body.text : body.markdown;
}

export { mostParts };
