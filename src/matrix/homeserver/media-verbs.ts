import { Readable } from "node:stream";
import { messageOf } from "../../kernel/errors.ts";
import { at, stringAt } from "../../kernel/json.ts";
import { retryAfterMs } from "../../kernel/retry-after.ts";
import { homeserverAway, homeserverRefused } from "./errors.ts";
import type { RequestOptions, SendRequest } from "./request.ts";

export interface FileToUpload {
  /** Its bytes, from the first one; called once for every try. */
  readonly open: () => Readable;
  readonly bytes: number;
  readonly contentType: string;
  /** Whose file it is; the application service's own user's when left out. */
  readonly asUser?: string | undefined;
}

/** Files: taking them to the homeserver. Fetching them is `matrix/media`. */
export interface MediaVerbs {
  /** The most bytes that a file may have; undefined when the homeserver does not say. */
  uploadLimit(): Promise<number | undefined>;
  /** Gives the file's `mxc://` address. A file uploaded twice is there twice. */
  upload(file: FileToUpload): Promise<string>;
}

const uploadTimeoutMs = 120_000;
const longestReason = 300;

export function mediaVerbs(send: SendRequest, options: RequestOptions): MediaVerbs {
  return {
    async uploadLimit() {
      const config = await send({ method: "GET", path: "/_matrix/client/v1/media/config" });
      const limit = at(config, "m.upload.size");
      return typeof limit === "number" && limit > 0 ? limit : undefined;
    },
    async upload(file) {
      const response = await post(options, file);
      const body: unknown = await response.json().catch(() => undefined);
      const mxc = stringAt(body, "content_uri");
      if (response.ok && mxc !== undefined) return mxc;
      throw refusalOf(response, body, options);
    },
  };
}

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixmediav3upload */
async function post({ url, token }: RequestOptions, file: FileToUpload): Promise<Response> {
  const query = file.asUser === undefined ? "" : `?user_id=${encodeURIComponent(file.asUser)}`;
  try {
    return await fetch(`${url}/_matrix/media/v3/upload${query}`, {
      method: "POST",
      // A redirect could take the token elsewhere.
      redirect: "manual",
      // The types of browsers do not know it; without it a body that is a stream is refused.
      ...{ duplex: "half" },
      signal: AbortSignal.timeout(uploadTimeoutMs),
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": file.contentType,
        "content-length": String(file.bytes),
      },
      body: Readable.toWeb(file.open()) as ReadableStream,
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = messageOf(cause);
    throw homeserverAway(
      { why, status: undefined, errcode: undefined, retryAfterMs: undefined },
      { cause: error },
    );
  }
}

function refusalOf({ status, headers }: Response, body: unknown, { clock }: RequestOptions): Error {
  const errcode = stringAt(body, "errcode");
  const waitMs = retryAfterMs(headers.get("retry-after"), body, clock.now());
  if (errcode !== undefined && status >= 400 && status < 500) {
    const reason = (stringAt(body, "error") ?? "no reason given").slice(0, longestReason);
    return homeserverRefused({ status, errcode, reason, retryAfterMs: waitMs });
  }
  return homeserverAway({ why: `status ${status}`, status, errcode, retryAfterMs: waitMs });
}
