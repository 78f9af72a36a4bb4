import type { Database } from "../../db/index.ts";
import type { Upload } from "../../domain/messaging/index.ts";
import { type Homeserver, homeserverAway, homeserverRefused } from "../homeserver/index.ts";
import { mediaAway, uploadTooLarge } from "./errors.ts";
import { pictureSize } from "./picture-size.ts";
import { type SniffedType, sniffedBytes, sniffType } from "./sniff-type.ts";
import { type SpooledFile, spoolFile } from "./spool-file.ts";
import { uploadOnce } from "./upload-once.ts";

export interface UploadOptions {
  readonly database: Database;
  readonly homeserver: Pick<Homeserver, "upload" | "uploadLimit">;
  /** The most that is taken, whatever the homeserver takes. */
  readonly limitBytes: number;
}

export interface WantedUpload {
  readonly body: AsyncIterable<Uint8Array>;
  /** What its sender says it is; believed only of texts and the like, whose bytes say nothing. */
  readonly contentType: string | undefined;
  /** Bytes, if its sender says how many. */
  readonly length: number | undefined;
  /** The Matrix user whose file it is, if there is one yet. */
  readonly asUser?: string | undefined;
}

/** How long it is asked again for, when the homeserver is away or says "later". */
const patienceMs = 20_000;
const pausesMs = [500, 2_000, 5_000];
const limitKnownMs = 600_000;
/** What a browser does not run, whoever says that a file is it. */
const harmless = /^(?:text\/(?:plain|markdown|csv)|application\/json|application\/x-ndjson)$/;

/**
 * Takes files to the homeserver: as large as it takes, typed by their first bytes, the same bytes once. A homeserver that
 * is away or asks to wait is asked again for a while. Throws `upload_too_large` and `media_unavailable`.
 */
export function uploadsTo(options: UploadOptions): { upload(wanted: WantedUpload): Promise<Upload> } {
  const limit = rememberLimit(options);
  return {
    async upload(wanted) {
      const limitBytes = await limit();
      if ((wanted.length ?? 0) > limitBytes) throw uploadTooLarge({ limitBytes });
      const file = await spoolFile(wanted.body, limitBytes);
      try {
        return await pass(options, file, wanted, limitBytes);
      } finally {
        await file.remove();
      }
    },
  };
}

async function pass(
  options: UploadOptions,
  file: SpooledFile,
  wanted: WantedUpload,
  limitBytes: number,
): Promise<Upload> {
  const { type } = typeOf(file, wanted.contentType);
  const whole = { ...file, contentType: type, asUser: wanted.asUser, ...pictureSize(type, file.head) };
  const until = options.database.clock.now().getTime() + patienceMs;
  for (const pauseMs of [...pausesMs, undefined]) {
    try {
      return await uploadOnce(options, whole);
    } catch (error) {
      const waitMs = waitOf(error, pauseMs);
      if (waitMs === undefined || options.database.clock.now().getTime() + waitMs > until)
        throw declared(error, limitBytes);
      await new Promise((done) => setTimeout(done, waitMs));
    }
  }
  throw mediaAway({ why: "it was asked often enough", retryAfterSeconds: 10 });
}

function typeOf({ head }: SpooledFile, said: string | undefined): SniffedType {
  const sniffed = sniffType(head.subarray(0, sniffedBytes));
  const [claimed = ""] = (said ?? "").toLowerCase().split(";");
  const isUnknown = sniffed.type === "application/octet-stream";
  return isUnknown && harmless.test(claimed.trim()) ? { type: claimed.trim(), inline: false } : sniffed;
}

/** How long to wait before the next try; undefined when there is no use in one, or no more patience. */
function waitOf(error: unknown, pauseMs: number | undefined): number | undefined {
  if (pauseMs === undefined) return undefined;
  if (homeserverAway.is(error)) return error.details.retryAfterMs ?? pauseMs;
  const isLater = homeserverRefused.is(error) && error.details.status === 429;
  return isLater ? (error.details.retryAfterMs ?? pauseMs) : undefined;
}

function declared(error: unknown, limitBytes: number): unknown {
  if (homeserverAway.is(error)) {
    const { why, retryAfterMs = 10_000 } = error.details;
    return mediaAway({ why, retryAfterSeconds: Math.ceil(retryAfterMs / 1000) }, { cause: error });
  }
  if (!homeserverRefused.is(error)) return error;
  const { status, errcode, reason, retryAfterMs = 10_000 } = error.details;
  if (status === 413 || errcode === "M_TOO_LARGE") return uploadTooLarge({ limitBytes });
  const why = `it refused (${status} ${errcode}): ${reason}`;
  return mediaAway({ why, retryAfterSeconds: Math.ceil(retryAfterMs / 1000) }, { cause: error });
}

/** The smaller of both limits; the homeserver is asked now and then. One that does not say has the last word anyway. */
function rememberLimit({ homeserver, database, limitBytes }: UploadOptions): () => Promise<number> {
  let known: { readonly bytes: number; readonly at: number } | undefined;
  return async () => {
    const now = database.clock.now().getTime();
    if (known !== undefined && now - known.at < limitKnownMs) return known.bytes;
    try {
      const theirs = await homeserver.uploadLimit();
      known = { bytes: Math.min(theirs ?? limitBytes, limitBytes), at: now };
      return known.bytes;
    } catch (error) {
      if (homeserverRefused.is(error) || homeserverAway.is(error)) return known?.bytes ?? limitBytes;
      throw error;
    }
  };
}
