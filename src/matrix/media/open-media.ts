import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { Clock } from "../../kernel/clock.ts";
import { AppError, messageOf } from "../../kernel/errors.ts";
import { stringAt } from "../../kernel/json.ts";
import { retryAfterMs } from "../../kernel/retry-after.ts";
import {
  mediaAway,
  mediaMissing,
  mediaNotYetUploaded,
  mediaTimeout,
  mediaTooLarge,
  thumbnailMissing,
} from "./errors.ts";
import { parseMxc } from "./mxc.ts";
import { requestMedia } from "./request-media.ts";
import { type SniffedType, sniffedBytes, sniffType } from "./sniff-type.ts";

export interface Thumbnail {
  readonly width: number;
  readonly height: number;
  readonly method: "scale" | "crop";
}

export interface WantedMedia {
  readonly mxc: string;
  readonly thumbnail: Thumbnail | undefined;
  /** Aborted when nobody wants it any more. */
  readonly signal: AbortSignal;
}

/** A file on its way. Its bytes must be read or destroyed. */
export interface OpenedMedia extends SniffedType {
  readonly body: Readable;
  /** Bytes, when the homeserver said how many. */
  readonly length: number | undefined;
}

export interface MediaOptions {
  /** The homeserver's base URL. */
  readonly url: string;
  /** The application service's `as_token`. */
  readonly token: string;
  readonly clock: Clock;
  /** The most that is passed on. */
  readonly limitBytes: number;
  /** How long the homeserver may be silent, before the file and within. */
  readonly timeoutMs: number;
}

/** The homeserver waits this long for a file that is being uploaded; shorter than our own patience. */
const uploadWaitMs = 5_000;
const longestRefusal = 64 * 1024;

/**
 * Files from the homeserver by its authenticated media API, passed on as they come: never whole in memory, never more
 * than the limit, typed by their first bytes. Throws the errors of `errors.ts`; what goes wrong later ends the body.
 */
export function mediaFrom(options: MediaOptions): { open(wanted: WantedMedia): Promise<OpenedMedia> } {
  return {
    async open(wanted) {
      const patience = openPatience(options.timeoutMs, wanted.signal);
      const url = urlOf(options.url, wanted);
      const response = await patience.wait(() =>
        requestMedia({ url, token: options.token, signal: patience.signal }),
      );
      if (!response.ok) throw await refusalOf(response, wanted, options.clock.now());
      return passOn(response, options.limitBytes, patience);
    },
  };
}

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1mediathumbnailservernamemediaid */
function urlOf(base: string, { mxc, thumbnail }: WantedMedia): string {
  const place = parseMxc(mxc);
  if (place === undefined) throw mediaMissing({});
  const what = thumbnail === undefined ? "download" : "thumbnail";
  const query = new URLSearchParams({ timeout_ms: String(uploadWaitMs) });
  for (const [key, value] of Object.entries(thumbnail ?? {})) query.set(key, String(value));
  const at = [place.server, place.mediaId].map(encodeURIComponent).join("/");
  return `${base}/_matrix/client/v1/media/${what}/${at}?${query.toString()}`;
}

async function refusalOf(response: Response, { thumbnail }: WantedMedia, now: Date): Promise<Error> {
  const { status, headers } = response;
  const body = await readRefusal(response);
  const errcode = stringAt(body, "errcode");
  const waitMs = retryAfterMs(headers.get("retry-after"), body, now);
  const retryAfterSeconds = Math.ceil((waitMs ?? 10_000) / 1000);
  if (errcode === "M_NOT_YET_UPLOADED" || status === 504) return mediaNotYetUploaded({ retryAfterSeconds });
  if (errcode === "M_TOO_LARGE") return mediaTooLarge({ limitBytes: undefined });
  if (thumbnail !== undefined && (status === 400 || status === 404)) return thumbnailMissing({});
  if (status === 404) return mediaMissing({});
  return mediaAway({ why: `status ${status} ${errcode ?? ""}`.trim(), retryAfterSeconds });
}

/** The homeserver's words, if they are few and JSON. */
async function readRefusal(response: Response): Promise<unknown> {
  if (Number(response.headers.get("content-length") ?? 0) > longestRefusal) {
    await response.body?.cancel();
    return undefined;
  }
  return response.json().catch(() => undefined);
}

async function passOn(response: Response, limitBytes: number, patience: Patience): Promise<OpenedMedia> {
  const length = lengthOf(response);
  if (length !== undefined && length > limitBytes) {
    await response.body?.cancel();
    throw mediaTooLarge({ limitBytes });
  }
  const source = Readable.fromWeb((response.body ?? new Blob([]).stream()) as ReadableStream);
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
  const begun: Buffer[] = [];
  while (Buffer.concat(begun).length < sniffedBytes) {
    const { value, done } = await patience.wait(() => chunks.next());
    if (done === true) break;
    begun.push(Buffer.from(value));
  }
  const rest = counted({ begun, chunks, source, limitBytes, patience });
  const body = Readable.from(rest, { objectMode: false });
  return { ...sniffType(Buffer.concat(begun).subarray(0, sniffedBytes)), body, length };
}

function lengthOf({ headers }: Response): number | undefined {
  const length = headers.get("content-length") ?? "";
  return headers.get("content-encoding") === null && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

interface Source {
  readonly begun: readonly Buffer[];
  readonly chunks: AsyncIterator<Uint8Array, undefined>;
  readonly source: Readable;
  readonly limitBytes: number;
  readonly patience: Patience;
}

/** The bytes, until there are too many: then it ends with an error, and whoever reads knows that it is not whole. */
async function* counted({ begun, chunks, source, limitBytes, patience }: Source): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  const count = (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > limitBytes) throw mediaTooLarge({ limitBytes });
    return chunk;
  };
  try {
    for (const chunk of begun) yield count(chunk);
    for (;;) {
      const { value, done } = await patience.wait(() => chunks.next());
      if (done === true) return;
      yield count(value);
    }
  } finally {
    source.destroy();
  }
}

interface Patience {
  readonly signal: AbortSignal;
  /** What `work` gives, or `media_timeout` when it takes too long; then everything is given up. */
  wait<T>(work: () => Promise<T>): Promise<T>;
}

/** Only the time in which the homeserver is waited for counts, not that in which our own reader is slow. */
function openPatience(timeoutMs: number, wanted: AbortSignal): Patience {
  const late = new AbortController();
  const signal = AbortSignal.any([late.signal, wanted]);
  return {
    signal,
    async wait(work) {
      const timer = setTimeout(() => late.abort(), timeoutMs);
      try {
        return await work();
      } catch (error) {
        if (late.signal.aborted) throw mediaTimeout({ retryAfterSeconds: 30 }, { cause: error });
        if (error instanceof AppError) throw error;
        throw mediaAway({ why: messageOf(error), retryAfterSeconds: 5 }, { cause: error });
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
