import { Readable } from "node:stream";
import { type ApiOptions, errorOf } from "./api.ts";
import type { Posted } from "./run.ts";

/** What is said while it is being made. */
export interface InPieces {
  /** `c_…` */
  readonly channelId: string;
  /** Its text, bit by bit, as a model gives it. */
  readonly markdown: AsyncIterable<string>;
  /** `m_…` or `$event`. */
  readonly replyTo?: string;
  readonly threadRoot?: string;
  /** The run that it answers, and the token by which that is held. */
  readonly runId?: string;
  readonly leaseToken?: string;
  /** With it, the same again goes on with the message after the connection broke. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/**
 * Says something in one request that lasts as long as its text comes: the message is there with the first words and grows.
 * When the text breaks off by an error, or the signal is aborted, the message ends by a sentence that says so. Throws
 * `BridgeError`, and what `fetch` throws.
 */
export async function postInPieces(options: ApiOptions, said: InPieces): Promise<Posted> {
  const { bridgeUrl, accessKey, fetch = globalThis.fetch } = options;
  const { channelId, idempotencyKey, signal } = said;
  const path = `/v1/channels/${encodeURIComponent(channelId)}/messages`;
  const response = await fetch(bridgeUrl.replace(/\/+$/, "") + path, {
    method: "POST",
    headers: {
      authorization: `Bearer ${accessKey}`,
      "content-type": "application/x-ndjson",
      ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
    },
    body: Readable.toWeb(Readable.from(linesOf(said))) as ReadableStream,
    // A body that is a stream needs it, and the types of browsers do not know it.
    ...{ duplex: "half" },
    ...(signal !== undefined && { signal }),
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw errorOf({ response, error: answer });
  return answer as Posted;
}

/** The first line has the first words that are not blank; whatever comes after it is added. */
async function* linesOf({ markdown, replyTo, threadRoot, runId, leaseToken }: InPieces) {
  const encoder = new TextEncoder();
  const line = (value: object) => encoder.encode(`${JSON.stringify(value)}\n`);
  let first: string | undefined = "";
  for await (const append of markdown) {
    if (first === undefined) {
      yield line({ append });
      continue;
    }
    first = (first + append).trimStart();
    if (first === "") continue;
    yield line({ markdown: first, replyTo, threadRoot, runId, leaseToken });
    first = undefined;
  }
}
