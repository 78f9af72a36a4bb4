import createClient, { type Client } from "openapi-fetch";
import { BridgeError } from "./errors.ts";
import type { paths } from "./openapi.ts";

/** Every call of the bridge's API, typed: `api.GET("/v1/channels")`. */
export type Api = Client<paths>;

export interface ApiOptions {
  /** As `http://127.0.0.1:9009`. */
  readonly bridgeUrl: string;
  /** `ak_…` */
  readonly accessKey: string;
  readonly fetch?: typeof fetch | undefined;
}

export function openApi({ bridgeUrl, accessKey, fetch = globalThis.fetch }: ApiOptions): Api {
  return createClient<paths>({
    baseUrl: bridgeUrl.replace(/\/+$/, ""),
    headers: { authorization: `Bearer ${accessKey}` },
    fetch: (request) => fetch(request),
  });
}

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

const firstPauseMs = 250;
const longestPauseMs = 10_000;

/**
 * Makes a call until it is answered: what the bridge asks to repeat (429, 503), and what got no answer, is repeated with
 * growing pauses. So use it for calls that may be repeated. Throws `BridgeError` for other refusals.
 */
export async function insist<T>(
  signal: AbortSignal,
  call: (signal: AbortSignal) => Promise<Answer<T>>,
): Promise<T> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    signal.throwIfAborted();
    const answer = await call(signal).catch(() => undefined);
    signal.throwIfAborted();
    if (answer?.response.ok === true) return answer.data as T;
    if (answer !== undefined && !isPassing(answer.response)) throw errorOf(answer);
    await sleep(Math.max(askedPause(answer?.response), pauseMs), signal);
  }
}

function isPassing({ status }: Response): boolean {
  return status === 429 || status >= 500;
}

function askedPause(response: Response | undefined): number {
  return Number(response?.headers.get("retry-after") ?? 0) * 1_000;
}

/** A refusal as the bridge words it. */
export function errorOf({ response: { status }, error: problem }: Answer<unknown>): BridgeError {
  const { code = "unknown", detail = `The bridge answered ${status}.` }: { code?: string; detail?: string } =
    typeof problem === "object" && problem !== null ? problem : {};
  return new BridgeError(status, code, detail);
}

/** Ends at once, without an error, when the signal is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
