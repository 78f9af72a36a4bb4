import type { Tx } from "../../db/index.ts";
import { AppError } from "../../kernel/errors.ts";
import { type Changeable, fingerprint, queueChange, requireChangeable } from "./change-target.ts";
import { nextEditAt } from "./edit-budget.ts";
import { buildEditContent, type MessageBody, storable, type UsedTool } from "./message-content.ts";
import { messageRedacted } from "./post-errors.ts";
import { partsOf, sourceOf } from "./prepare-sends.ts";
import { sendsBell } from "./sends-store.ts";
import {
  lockStream,
  replaceWaitingEdit,
  type StreamRow,
  updateEnded,
  updateGrowth,
} from "./streams-store.ts";

export interface Growth {
  /** uuid of the stream's send. */
  readonly sendId: string;
  /** The whole text so far, or what comes after it. */
  readonly text?: string | undefined;
  readonly append?: string | undefined;
  /** The number of the piece, from 1: one that was taken before is not taken again. Absent: it is new. */
  readonly seq?: number | undefined;
}

export interface Grown {
  /** False when it has ended, by whatever: then nothing more comes of it. */
  readonly live: boolean;
  /** The last piece that was taken. */
  readonly seq: number;
  /** Whether that is this one: not when it came out of turn, or again. */
  readonly taken: boolean;
}

/**
 * Gives a stream more text, or just keeps it alive. The text is shown by an edit when one is due (`edit-budget.ts`); an
 * edit that nobody has tried to send yet is replaced. What is not shown yet is shown by `tendStreams` or by the end. Pieces
 * out of turn are not taken: `seq` says from where to go on.
 */
export async function growStream(tx: Tx, growth: Growth): Promise<Grown> {
  const stream = await lockStream(tx, growth.sendId);
  if (stream === undefined || stream.state !== "open")
    return { live: false, seq: stream?.seq ?? 0, taken: false };
  const isNew = growth.seq === undefined || growth.seq === stream.seq + 1;
  const body = isNew ? grown(stream, growth) : (stream.body ?? "");
  const seq = isNew ? (growth.seq ?? stream.seq) : stream.seq;
  const live = await showStream(tx, stream, { body, seq, alive: true });
  return { live, seq, taken: isNew };
}

function grown({ body }: StreamRow, { text, append = "" }: Growth): string {
  return storable(text ?? (body ?? "") + append);
}

/** Shows what is due of a stream, and notes the rest. Gives whether it lives on. */
export async function showStream(
  tx: Tx,
  stream: StreamRow,
  { body, seq, alive }: { body: string; seq: number; alive: boolean },
): Promise<boolean> {
  const { id, edits, editedAt, shown } = stream;
  const state = { id, body, seq, alive, shown, edits, editedAt, dueAt: null };
  const next = nextEditAt(stream);
  if (body === stream.body && body.length === shown) {
    await updateGrowth(tx, state);
    return true;
  }
  if (next === undefined || next > tx.now) {
    await updateGrowth(tx, { ...state, dueAt: next ?? null });
    return true;
  }
  const isFresh = await orEndByRoom(tx, stream, () => editNow(tx, stream, body));
  if (isFresh === undefined) return false;
  // What does not fit into one message is shown with the end.
  const edited = { shown: body.length, edits: edits + (isFresh ? 1 : 0), editedAt: tx.now };
  await updateGrowth(tx, { ...state, ...edited });
  return true;
}

async function editNow(tx: Tx, stream: StreamRow, text: string): Promise<boolean> {
  const { id: messageId, agentId, msgtype } = stream;
  const target = await requireChangeable(tx.db, { messageId, agentId });
  const whole = bodyOf(stream, text);
  const body = partsOf(whole, { msgtype, sender: target.sender })[0] ?? whole;
  return queueEdit(tx, stream, target, { body, live: true });
}

/** What `work` gives; undefined when the room refuses, which ends the stream. */
export async function orEndByRoom<T>(
  tx: Tx,
  { id, edits }: StreamRow,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError) || error.kind === "bug") throw error;
    await endByRoom(tx, { id, edits }, error);
    return undefined;
  }
}

export function bodyOf({ markdown }: Pick<StreamRow, "markdown">, text: string): MessageBody {
  return markdown ? { markdown: text } : { text };
}

/** Queues an edit, or puts its words into the one that waits. Gives whether it is another one. */
export async function queueEdit(
  tx: Tx,
  { id, agentId, msgtype }: StreamRow,
  target: Changeable,
  { body, live, tools }: { body: MessageBody; live: boolean; tools?: readonly UsedTool[] | undefined },
): Promise<boolean> {
  const { sender, mentions: mentioned } = target;
  const content = buildEditContent({ body, msgtype, sender, mentioned, tools, live });
  tx.wake(sendsBell);
  if ((await replaceWaitingEdit(tx, id, content)) !== undefined) return false;
  const request = { messageId: id, agentId };
  await queueChange(tx, request, target, {
    kind: "edit",
    eventType: "m.room.message",
    content,
    requestHash: fingerprint("edit", request, sourceOf(body)),
  });
  return true;
}

/** The message was deleted, or nothing can be said there any more: there is nothing left to show. */
export async function endByRoom(
  tx: Tx,
  { id, edits }: Pick<StreamRow, "id" | "edits">,
  why: unknown,
): Promise<void> {
  const state = messageRedacted.is(why) ? "cancelled" : "failed";
  await updateEnded(tx, { id, state, endedBy: "room", edits });
}
