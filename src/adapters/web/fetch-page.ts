import sanitize from "sanitize-html";
import { type Dispatcher, fetch, type Response } from "undici";
import type { FetchedPage, FetchPage } from "../../domain/runtime/ports.ts";
import { AppError, messageOf } from "../../kernel/errors.ts";
import { openGuardedDispatcher } from "../outbound/guarded-dispatcher.ts";
import { pageAway, pageRefused } from "./errors.ts";
import { isPublicAddress } from "./public-address.ts";

export interface PageFetcher {
  /** `host` or `host:port` that may be read wherever they are, on whatever port. */
  readonly allowedHosts: readonly string[];
  readonly timeoutMs?: number | undefined;
}

const usualTimeoutMs = 15_000;
const connectTimeoutMs = 5_000;
const limits = {
  headersTimeout: 10_000,
  bodyTimeout: 10_000,
  keepAliveTimeout: 1,
  maxResponseSize: 4 * 1024 * 1024,
};
const mostRedirects = 3;
const longestBytes = 512 * 1024;
const longestText = 10_000;
const readable = /^(?:text\/|application\/(?:json|xml|[a-z.+-]+\+(?:json|xml))\b)/i;

/**
 * Reads pages of the public web for agents: http and https, on their own ports, without credentials and cookies, at most
 * half a megabyte of text in a quarter of a minute. Redirects are followed a few times, each looked at as if it were asked
 * for. Throws `address_refused`, `page_refused`, `page_away`.
 */
export function pageFetcher({ allowedHosts, timeoutMs = usualTimeoutMs }: PageFetcher): FetchPage {
  const allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
  const isAllowed = (host: string) => allowed.has(host.toLowerCase());
  const dispatcher = openGuardedDispatcher(
    {
      isExempt: isAllowed,
      // A name that has one address which is not public has none.
      choose: (found) => (found.every(({ address }) => isPublicAddress(address)) ? found : []),
      connectTimeoutMs,
    },
    limits,
  );
  return async (wanted) => {
    const signal = AbortSignal.any([wanted.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      return await follow({ ...wanted, signal }, { dispatcher, isAllowed });
    } catch (error) {
      wanted.signal.throwIfAborted();
      throw declared(error);
    }
  };
}

type Wanted = Parameters<FetchPage>[0];

interface Guard {
  readonly dispatcher: Dispatcher;
  readonly isAllowed: (host: string) => boolean;
}

async function follow(wanted: Wanted, guard: Guard): Promise<FetchedPage> {
  let at = requireUrl(wanted.url, guard.isAllowed);
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    const response = await request(at, wanted, guard);
    const next = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || next === null) return pageOf(at, response);
    await response.body?.cancel();
    if (wanted.method !== "GET")
      throw pageRefused({ why: "What was sent is not sent on to where a redirect leads." });
    at = requireUrl(URL.parse(next, at)?.href ?? "", guard.isAllowed);
  }
  throw pageRefused({ why: "There are too many redirects." });
}

function request(at: URL, { method, body, signal }: Wanted, { dispatcher }: Guard): Promise<Response> {
  const headers = {
    "user-agent": "microDAO-Bridge",
    accept: "text/*, application/json, application/xml;q=0.9",
  };
  const usual = { method, dispatcher, signal, redirect: "manual" } as const;
  return body === undefined
    ? fetch(at, { ...usual, headers })
    : fetch(at, { ...usual, headers: { ...headers, "content-type": "application/json" }, body });
}

function requireUrl(text: string, isAllowed: (host: string) => boolean): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw pageRefused({ why: "Only http and https URLs can be read." });
  if (url.username !== "" || url.password !== "")
    throw pageRefused({ why: "URLs with credentials are not read." });
  if (url.port !== "" && !isAllowed(url.host) && !isAllowed(url.hostname))
    throw pageRefused({ why: "Only the usual ports of http and https can be read." });
  return url;
}

async function pageOf(url: URL, response: Response): Promise<FetchedPage> {
  const contentType = response.headers.get("content-type")?.slice(0, 100) ?? "";
  if (!readable.test(contentType)) {
    await response.body?.cancel();
    throw pageRefused({ why: `It is no text, but ${contentType === "" ? "of no type" : contentType}.` });
  }
  const { text, cut } = await readText(response);
  const plain = /html/i.test(contentType) ? withoutTags(text) : text;
  return {
    url: url.href.slice(0, 2_000),
    status: response.status,
    contentType,
    text: plain.slice(0, longestText),
    cut: cut || plain.length > longestText,
  };
}

async function readText({ body }: Response): Promise<{ text: string; cut: boolean }> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body ?? []) {
    const piece = chunk as Uint8Array;
    bytes += piece.byteLength;
    text += decoder.decode(piece, { stream: true });
    if (bytes > longestBytes) return { text, cut: true };
  }
  return { text, cut: false };
}

function withoutTags(html: string): string {
  return sanitize(html, { allowedTags: [], nonTextTags: ["script", "style", "noscript", "svg", "template"] })
    .replaceAll(/[ \t]+/g, " ")
    .replaceAll(/\s*\n\s*/g, "\n")
    .trim();
}

function declared(error: unknown): AppError {
  for (let inner: unknown = error; inner instanceof Error; inner = inner.cause) {
    if (inner instanceof AppError) return inner;
    if (inner.name === "TimeoutError") return pageAway({ why: "it took too long" });
    if (!(inner.cause instanceof Error)) return pageAway({ why: messageOf(inner).slice(0, 200) });
  }
  return pageAway({ why: messageOf(error).slice(0, 200) });
}
