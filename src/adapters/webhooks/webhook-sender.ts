import type { Readable } from "node:stream";
import { request } from "undici";
import type { WebhookOutcome, WebhookRequest, WebhookSender } from "../../domain/endpoints/ports.ts";
import { messageOf } from "../../kernel/errors.ts";
import { addressRefused, type Guard, openGuardedDispatcher } from "../outbound/guarded-dispatcher.ts";
import { isPublicAddress } from "../outbound/public-address.ts";

export interface SenderOptions extends Pick<Guard, "lookup"> {
  /** Whether loopback, private and link-local addresses may be called, too. */
  readonly allowPrivate: boolean;
}

/** An answer that is posted has less; whatever is longer is not read. */
const longestAnswerBytes = 128 * 1024;
const connectTimeoutMs = 5_000;

/** Sends webhooks with undici: one connection for each, no redirects, the address guarded where it is connected to. */
export function openWebhookSender({ allowPrivate, lookup }: SenderOptions): WebhookSender {
  const dispatcher = openGuardedDispatcher({
    isExempt: () => allowPrivate,
    choose: (found) => found.filter(({ address }) => isPublicAddress(address)),
    connectTimeoutMs,
    lookup,
  });
  return {
    async send(asked) {
      const timeout = AbortSignal.timeout(asked.timeoutMs);
      const signal = AbortSignal.any([timeout, asked.signal]);
      try {
        const answer = await request(asked.url, {
          method: "POST",
          dispatcher,
          headers: asked.headers,
          body: asked.body,
          signal,
          // Endpoints restart between two questions; a connection that was kept would be a dead one.
          reset: true,
          headersTimeout: asked.timeoutMs,
          bodyTimeout: asked.timeoutMs,
        });
        const body = await readLittle(answer.body);
        const retryAfterMs = retryAfterOf(answer.headers["retry-after"]);
        return { is: "answered", status: answer.statusCode, retryAfterMs, body };
      } catch (error) {
        return failureOf(error, asked, timeout);
      }
    },
    close: () => dispatcher.destroy(),
  };
}

/** The body as text; undefined when it is longer than an answer may be, or breaks off. The status counts all the same. */
async function readLittle(body: Readable): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > longestAnswerBytes) {
        body.destroy();
        return undefined;
      }
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Seconds only: endpoints that ask for a date wait by our own plan. */
function retryAfterOf(header: string | string[] | undefined): number | undefined {
  return typeof header === "string" && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : undefined;
}

function failureOf(error: unknown, asked: WebhookRequest, timeout: AbortSignal): WebhookOutcome {
  if (asked.signal.aborted) return { is: "failed", code: "stopped", reason: "the bridge stopped" };
  if (timeout.aborted || isTimeout(error)) {
    return { is: "failed", code: "timeout", reason: `no answer within ${asked.timeoutMs} ms` };
  }
  if (addressRefused.is(error)) return { is: "failed", code: "address_refused", reason: error.message };
  return { is: "failed", code: "unreachable", reason: messageOf(error) };
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && "code" in error && /^UND_ERR_\w+_TIMEOUT$/.test(String(error.code));
}
