import { type Api, insist } from "./api.ts";
import type { components } from "./openapi.ts";
import { type OpenReplyStream, openReplyStream, type ReplyCalls, type ReplyStream } from "./reply-stream.ts";

/** All that is known of a run: who asks what, where, and by which lease it is held. */
export type Trigger = components["schemas"]["Trigger"];

/** A message that was posted, as the bridge stored it. */
export type Posted = components["schemas"]["PostedMessage"];

export type Words = string | { readonly text: string } | { readonly markdown: string };

/** Answers in place: in reply to the question, in its thread. The same answer of a run is posted once. */
export interface Reply {
  (words: Words): Promise<Posted>;
  /** An answer that is shown while it is being written. */
  stream(): ReplyStream;
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
  /** Ends what is still being written; gives the first message that was posted for it. */
  readonly end: () => Promise<Posted | undefined>;
}

/** `over` is aborted when the run has ended here, however that was. */
export function openRun(
  api: Api,
  trigger: Trigger,
  { signal, over }: { readonly signal: AbortSignal; readonly over: AbortSignal },
): OpenRun {
  const { runId, leaseToken } = trigger;
  const streams: OpenReplyStream[] = [];
  let serial = 0;
  let first: Posted | undefined;

  /** A message each, numbered as they are asked for: whoever takes the run up again gets the same ones. */
  const nextPost = (): ReplyCalls["post"] => {
    serial += 1;
    const post = postUnder(api, trigger, { key: `${runId}:${serial}`, signal });
    return async (words, more) => {
      const once = await post(words, more);
      first ??= once.posted;
      return once;
    };
  };
  const grow: ReplyCalls["grow"] = (messageId, piece) =>
    insist(signal, (abort) =>
      api.PATCH("/v1/messages/{messageId}/stream", {
        params: { path: { messageId } },
        body: { ...piece, leaseToken },
        signal: abort,
      }),
    );
  const reply = async (words: Words) => (await nextPost()(words, { overflow: "split" })).posted;
  const stream = () => {
    const opened = openReplyStream({ post: nextPost(), grow }, AbortSignal.any([signal, over]));
    streams.push(opened);
    return opened;
  };
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
  return {
    run,
    async end() {
      for (const one of streams) await one.settle();
      return first;
    },
  };
}

/** Posts in place, under one idempotency key. */
function postUnder(
  api: Api,
  { runId, leaseToken, channelId, answer: place }: Trigger,
  { key, signal }: { readonly key: string; readonly signal: AbortSignal },
): ReplyCalls["post"] {
  return async (words, more) => {
    let repeated = false;
    const posted = await insist(signal, async (abort) => {
      const answer = await api.POST("/v1/channels/{channelId}/messages", {
        params: { path: { channelId }, header: { "idempotency-key": key } },
        body: {
          ...bodyOf(words),
          ...more,
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
    return { posted, repeated };
  };
}

function bodyOf(words: Words) {
  return typeof words === "string" ? { text: words } : words;
}
