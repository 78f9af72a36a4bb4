import { runParts, type Tx } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { editsPart } from "./edits-store.ts";
import { toldReactionId } from "./told-reaction.ts";
import {
  type EmptiedWords,
  emptyMessages,
  emptyRelations,
  updateEncryptedSince,
  type WordsPlace,
} from "./words-store.ts";

const pieceSize = 2_000;

/** How much lost its words. */
export interface EmptiedCount {
  readonly messages: number;
  readonly edits: number;
  readonly reactions: number;
}

/** A channel's words of a span of time: from the first moment on, before the second; null is without limit. */
export interface Span {
  /** uuid */
  readonly channelId: string;
  readonly from: Date | null;
  readonly until: Date | null;
}

/** Takes a span's words out of the next messages after a place, and out of the events that told of them. */
export async function emptyPiece(
  tx: Tx,
  span: Span,
  after: WordsPlace | null,
): Promise<EmptiedCount & { readonly last: WordsPlace | null }> {
  const emptied = await emptyMessages(tx, { ...span, after, limit: pieceSize });
  blank(tx, emptied);
  return { ...countOf(emptied), last: emptied.last };
}

/**
 * Takes a span's words out of edits, reactions and votes by their own time, those that wait for their message included. A
 * message from before that shows such an edit shows nothing then, as if the edit had been stored without words at once.
 */
export async function emptySaidAbout(tx: Tx, span: Span): Promise<EmptiedCount> {
  const emptied = await emptyRelations(tx, span);
  blank(tx, emptied);
  const targets = [...new Set(emptied.edits.map(({ target }) => target))];
  if (targets.length > 0) await runParts(tx.db, { edits: editsPart(targets) });
  return countOf(emptied);
}

/** All of a span in this transaction. */
export async function emptySpan(tx: Tx, span: Span): Promise<EmptiedCount> {
  let total = await emptySaidAbout(tx, span);
  let last: WordsPlace | null = null;
  do {
    const piece: Awaited<ReturnType<typeof emptyPiece>> = await emptyPiece(tx, span, last);
    total = sumOf(total, piece);
    last = piece.last;
  } while (last !== null);
  return total;
}

/**
 * A channel turns out to be encrypted since a moment: whatever was said there in the clear from then on goes, however
 * it came to be stored.
 */
export async function keepNothingSince(
  tx: Tx,
  encryptions: readonly { channelId: string; ts: number }[],
): Promise<void> {
  if (encryptions.length === 0) return;
  const marks = encryptions.map(({ channelId, ts }) => ({ channelId, since: new Date(ts) }));
  for (const { channelId, since } of await updateEncryptedSince(tx, marks)) {
    await emptySpan(tx, { channelId, from: since, until: null });
  }
}

export function sumOf(one: EmptiedCount, other: EmptiedCount): EmptiedCount {
  return {
    messages: one.messages + other.messages,
    edits: one.edits + other.edits,
    reactions: one.reactions + other.reactions,
  };
}

function blank(tx: Tx, { messages, edits, reactions }: EmptiedWords): void {
  if (messages.length + edits.length + reactions.length === 0) return;
  tx.blank({
    createdIds: messages.map(({ id }) => encodeId("evt", id)),
    messages: messages.map(({ eventId }) => eventId),
    edits,
    reactionIds: reactions.map(toldReactionId),
  });
}

function countOf({ messages, edits, reactions }: EmptiedWords): EmptiedCount {
  return { messages: messages.length, edits: edits.length, reactions: reactions.length };
}
