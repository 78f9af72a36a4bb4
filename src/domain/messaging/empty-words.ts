import { runParts, type Tx } from "../../db/index.ts";
import { editsPart } from "./edits-store.ts";
import {
  type EmptiedCount,
  emptyMessages,
  emptyRelations,
  updateEncryptedSince,
  type WordsPlace,
} from "./words-store.ts";

const pieceSize = 2_000;

/** A channel's words of a span of time: from the first moment on, before the second; null is without limit. */
export interface Span {
  /** uuid */
  readonly channelId: string;
  readonly from: Date | null;
  readonly until: Date | null;
}

/** Takes a span's words out of the next messages after a place. */
export async function emptyPiece(
  tx: Tx,
  span: Span,
  after: WordsPlace | null,
): Promise<EmptiedCount & { readonly last: WordsPlace | null }> {
  return emptyMessages(tx, { ...span, after, limit: pieceSize });
}

/**
 * Takes a span's words out of edits, reactions and votes by their own time, those that wait for their message included. A
 * message from before that shows such an edit shows nothing then, as if the edit had been stored without words at once.
 */
export async function emptySaidAbout(tx: Tx, span: Span): Promise<EmptiedCount> {
  const { edited, ...emptied } = await emptyRelations(tx, span);
  if (edited.length > 0) await runParts(tx.db, { edits: editsPart(edited) });
  return emptied;
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
