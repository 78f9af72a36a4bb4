import { sleep } from "./api.ts";
import { BridgeError } from "./errors.ts";
import type { components } from "./openapi.ts";
import type { Posted, Words } from "./run.ts";

/** An answer that is shown while it is being written. */
export interface ReplyStream {
  /** Adds some markdown. It is shown soon; at most 20 times a message changes. */
  write(delta: string): void;
  /** Shows all of it; gives the message. What one message does not hold goes on in further ones, its `parts`. */
  end(): Promise<Posted>;
}

export type StreamPiece = components["schemas"]["StreamPiece"];
export type MessageStream = components["schemas"]["MessageStream"];

/** The calls of the bridge that an answer takes, each safe to repeat and repeated until it is answered. */
export interface ReplyCalls {
  /** Under a key of its own: what was begun with it before, perhaps by another program, is gone on with. */
  readonly post: (words: Words, more: { stream: true } | { overflow: "split" }) => Promise<PostedOnce>;
  readonly grow: (messageId: string, piece: StreamPiece) => Promise<MessageStream>;
}

/** `repeated`: it was there already, perhaps in other words, from the time before. */
export interface PostedOnce {
  readonly posted: Posted;
  readonly repeated: boolean;
}

export interface OpenReplyStream extends ReplyStream {
  /** Ends it unless somebody has, or nothing was written. */
  settle(): Promise<void>;
}

/** A message that grows, as far as the bridge has it. */
interface Grown {
  readonly posted: Posted;
  /** The number of the last piece; undefined as long as the bridge may have other words than we know. */
  readonly seq: number | undefined;
  /** Characters of our text that it has. */
  readonly sent: number;
}

/** What is all there by then is posted as one message, without an edit. */
const firstPauseMs = 25;
/** Between pieces: quick at first, later less so, as the room sees them. */
const pauseMs = 250;
const pauseGrowth = 1.35;
const longestPauseMs = 2_000;
/** After a minute without a word the bridge would take us for dead. */
const aliveMs = 15_000;

/**
 * Says an answer as a message that grows. Should we die, the bridge ends it by itself: with a sentence, or by whoever takes
 * the run up again. `stopped` is aborted when nothing more can be said for the run.
 */
export function openReplyStream(calls: ReplyCalls, stopped: AbortSignal): OpenReplyStream {
  const ended = new AbortController();
  const message = openMessage(calls);
  let text = "";
  let growing: Promise<void> | undefined;
  let ending: Promise<Posted> | undefined;

  const end = async () => {
    ended.abort();
    await growing;
    return message.end(wellFormed(text));
  };
  return {
    write(delta) {
      text += delta;
      if (growing !== undefined || ended.signal.aborted || text.trim() === "") return;
      const signal = AbortSignal.any([stopped, ended.signal]);
      growing = keepShowing(message, () => wellFormed(text), signal).catch(unlessOver);
      // Whoever ends the stream is told.
      growing.catch(() => undefined);
    },
    end: () => (ending ??= end()),
    async settle() {
      if (ending === undefined && text.trim() !== "") await (ending = end());
    },
  };
}

/** What has come since, one piece at a time, or nothing now and then, so that the bridge knows of us. */
async function keepShowing(message: Message, textNow: () => string, signal: AbortSignal): Promise<void> {
  await sleep(firstPauseMs, signal);
  let pause = pauseMs;
  for (let quietMs = aliveMs; !signal.aborted; quietMs += pause) {
    const text = textNow();
    if (message.lacks(text) || quietMs >= aliveMs) {
      await message.show(text);
      quietMs = 0;
      pause = Math.min(pause * pauseGrowth, longestPauseMs);
    }
    await sleep(pause, signal);
  }
}

interface Message {
  /** Whether the bridge does not have all of it yet. */
  lacks(text: string): boolean;
  /** Begins it, or says what has come since. */
  show(text: string): Promise<void>;
  end(text: string): Promise<Posted>;
}

function openMessage({ post, grow }: ReplyCalls): Message {
  let grown: Grown | undefined;

  const begin = async (text: string) => {
    const { posted, repeated } = await post({ markdown: text }, { stream: true });
    return { posted, seq: repeated ? undefined : 0, sent: text.length };
  };
  const goOn = async ({ posted, seq: last, sent }: Grown, text: string) => {
    const seq = last === undefined ? undefined : last + 1;
    const piece = seq === undefined ? { text } : { append: text.slice(sent), seq };
    const answer = await grow(posted.id, piece);
    const isTaken = seq === undefined || answer.seq === seq;
    return { posted, seq: isTaken ? answer.seq : undefined, sent: text.length };
  };
  /** All of it once more, so that nothing depends on which pieces have arrived. */
  const finish = async (posted: Posted, text: string) => {
    for (let isLast = false; ; isLast = true) {
      const over = await grow(posted.id, { text, done: true }).catch(unlessWhole);
      // Perhaps whoever answered before us had said it all, or somebody has deleted it.
      if (over?.state !== "failed") return withParts(posted, over?.parts);
      if (isLast) throw new BridgeError(409, "stream_ended", "The message grows no more: it is failed.");
      // Nothing was heard of us for a minute. The same key begins it again.
      await begin(text);
    }
  };
  return {
    lacks: (text) => grown === undefined || grown.seq === undefined || text.length > grown.sent,
    async show(text) {
      grown = await (grown === undefined ? begin(text) : goOn(grown, text));
    },
    async end(text) {
      if (grown !== undefined) return finish(grown.posted, text);
      return (await post({ markdown: text }, { overflow: "split" })).posted;
    },
  };
}

function withParts(posted: Posted, parts: readonly string[] = []): Posted {
  return parts.length > 1 ? { ...posted, parts: [...parts] } : posted;
}

/** A message that was posted as a whole the time before. */
function unlessWhole(error: unknown): undefined {
  if (!isRefusal(error, "stream_not_found")) throw error;
}

/** Growing is over, and what becomes of the message is seen at the end. */
function unlessOver(error: unknown): void {
  if (!isRefusal(error, "stream_ended") && !isRefusal(error, "stream_not_found")) throw error;
}

function isRefusal(error: unknown, code: string): boolean {
  return error instanceof BridgeError && error.code === code;
}

/** Half a character at the end waits for its other half. */
function wellFormed(text: string): string {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
}
