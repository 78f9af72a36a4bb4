import { type Api, insist, sleep } from "./api.ts";
import type { components } from "./openapi.ts";

/** All that is known of a run: who asks what, where, and by which lease it is held. */
export type Trigger = components["schemas"]["Trigger"];

/** A message that was posted, as the bridge stored it. */
export type Posted = components["schemas"]["TrackedMessage"];

export type Words = string | { readonly text: string } | { readonly markdown: string };

/** Answers in place: in reply to the question, in its thread. The same answer of a run is posted once. */
export interface Reply {
  (words: Words): Promise<Posted>;
  /** An answer that is shown while it is being written. */
  stream(): ReplyStream;
}

export interface ReplyStream {
  /** Adds some markdown. It is shown soon; at most 20 times a message changes. */
  write(delta: string): void;
  /** Shows all of it; gives the message. */
  end(): Promise<Posted>;
}

export interface Run extends Trigger {
  /** Aborted, with `RunLost`, when the run is not held any more: stop working on it. */
  readonly signal: AbortSignal;
  readonly reply: Reply;
  /** The messages before the question, oldest first. */
  context(limit?: number): Promise<readonly components["schemas"]["Message"][]>;
}

export interface OpenRun {
  readonly run: Run;
  /** The first message that was posted for it. */
  readonly answer: () => Posted | undefined;
}

/** `repeated`: it was there already, perhaps in other words, from the time before. */
interface PostedOnce {
  readonly posted: Posted;
  readonly repeated: boolean;
}

const mostEdits = 20;
/** Pauses between edits: the first come quickly, later ones less and less so. */
const firstEditMs = 400;
const editGrowth = 1.3;

export function openRun(api: Api, trigger: Trigger, signal: AbortSignal): OpenRun {
  const { runId, leaseToken, channelId, answer: place } = trigger;
  let serial = 0;
  let first: Posted | undefined;

  const post = async (words: Words): Promise<PostedOnce> => {
    serial += 1;
    let repeated = false;
    const posted = await insist(signal, async (abort) => {
      const answer = await api.POST("/v1/channels/{channelId}/messages", {
        params: { path: { channelId }, header: { "idempotency-key": `${runId}:${serial}` } },
        body: {
          ...bodyOf(words),
          runId,
          leaseToken,
          ...(place.replyTo !== null && { replyTo: place.replyTo }),
          ...(place.threadRoot !== null && { threadRoot: place.threadRoot }),
        },
        signal: abort,
      });
      repeated = answer.response.headers.has("idempotency-replayed");
      return answer;
    });
    first ??= posted;
    return { posted, repeated };
  };
  const reply = async (words: Words) => (await post(words)).posted;
  const edit = (messageId: string, markdown: string) =>
    insist(signal, (abort) =>
      api.PATCH("/v1/messages/{messageId}", {
        params: { path: { messageId } },
        body: { markdown, runId, leaseToken },
        signal: abort,
      }),
    );
  const stream = () => openReplyStream({ post, edit, signal });
  const run: Run = {
    ...trigger,
    signal,
    reply: Object.assign(reply, { stream }),
    async context(limit = 20) {
      const { items } = await insist(signal, (abort) =>
        api.GET("/v1/runs/{runId}/context", {
          params: { path: { runId }, query: { limit } },
          signal: abort,
        }),
      );
      return items;
    },
  };
  return { run, answer: () => first };
}

function bodyOf(words: Words) {
  return typeof words === "string" ? { text: words } : words;
}

interface StreamParts {
  readonly post: (words: Words) => Promise<PostedOnce>;
  readonly edit: (messageId: string, markdown: string) => Promise<unknown>;
  readonly signal: AbortSignal;
}

function openReplyStream({ post, edit, signal }: StreamParts): ReplyStream {
  let text = "";
  let isOver = false;
  const hasNews = (shown: string) => !isOver && text !== shown;
  let growing: Promise<PostedOnce & { readonly shown: string }> | undefined;
  const over = new AbortController();

  /** One after the other: the message, then edits, until the text is whole or the edits are used up. */
  const grow = async () => {
    let shown = text;
    const { posted, repeated } = await post({ markdown: shown });
    let pauseMs = firstEditMs;
    // The last edit is kept for the end.
    for (let edits = 0; edits < mostEdits - 1 && !over.signal.aborted; edits += 1) {
      await sleep(pauseMs, AbortSignal.any([signal, over.signal]));
      pauseMs *= editGrowth;
      if (!hasNews(shown)) continue;
      shown = text;
      await edit(posted.id, shown);
    }
    return { posted, repeated, shown };
  };

  return {
    write(delta) {
      text += delta;
      if (growing !== undefined || text.trim() === "") return;
      growing = grow();
      // Whoever ends the stream is told.
      growing.catch(() => undefined);
    },
    async end() {
      isOver = true;
      over.abort();
      const { posted, repeated, shown } = await (growing ?? grow());
      // The message of the time before may show anything.
      if (shown !== text || repeated) await edit(posted.id, text);
      return posted;
    },
  };
}
