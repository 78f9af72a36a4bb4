import { isObject, stringAt } from "../../kernel/json.ts";
import type { MessageBody } from "../messaging/index.ts";
import type { WebhookOutcome } from "./ports.ts";

/** What follows from one try. */
export type DeliveryStep =
  | { readonly is: "delivered"; readonly answer: MessageBody | undefined }
  | { readonly is: "again"; readonly delayMs: number; readonly error: string; readonly uncounted?: boolean }
  /** `gone`: the endpoint said that it will never be there again. */
  | { readonly is: "dead"; readonly error: string; readonly gone: boolean };

export interface TryFacts {
  /** This one included. */
  readonly attempts: number;
  /** Milliseconds since the first. */
  readonly age: number;
  readonly giveUpAfterMs: number;
  /** Whether other questions in the channel wait until this run has ended. */
  readonly waitedFor: boolean;
  /** For how long the endpoint has taken nothing at all, in milliseconds; 0 when it does. */
  readonly failingMs: number;
  /** The pause after the first try that did not work. */
  readonly pauseMs: number;
  /** Makes pauses differ, so that what failed together does not come back together. */
  readonly jitter: (ms: number) => number;
}

const longestPauseMs = 4 * 3_600_000;
/** For how long what does not work may hold up what else is asked in its channel. */
export const waitedForMs = 60_000;
/** An endpoint that is down is not tried more often than that, whatever waits for it. */
export const downMs = 5_000;
/** It was not tried: its endpoint is down. */
export const endpointDown = "endpoint_down";
/** Nobody could say what was asked: nothing that the endpoint could do better. */
export const homeserverAway = "homeserver_away";

/**
 * Any 2xx is taken; 410 is for ever; all else, redirects included, is tried again with pauses that grow threefold up to
 * four hours, and not beyond the webhook's patience, nor beyond a minute while others in the channel wait: one minute of its
 * own, or one in which the endpoint took nothing at all. `Retry-After` makes a pause longer, never shorter.
 */
export function planDelivery(outcome: WebhookOutcome, facts: TryFacts): DeliveryStep {
  if (outcome.is === "failed") {
    if (outcome.code === "stopped") return { is: "again", delayMs: 0, error: "stopped", uncounted: true };
    if (outcome.code === endpointDown)
      return uncounted(againOrDead(endpointDown, 0, { ...facts, attempts: 1 }));
    const isAway = outcome.code === homeserverAway;
    const step = againOrDead(outcome.code, 0, { ...facts, waitedFor: facts.waitedFor && !isAway });
    return isAway ? uncounted(step) : step;
  }
  const { status, retryAfterMs = 0, body } = outcome;
  if (status >= 200 && status < 300) return { is: "delivered", answer: answerIn(body) };
  if (status === 410) return { is: "dead", error: "http_410", gone: true };
  return againOrDead(`http_${status}`, retryAfterMs, facts);
}

function uncounted(step: NotTaken): NotTaken {
  return step.is === "again" ? { ...step, uncounted: true } : step;
}

type NotTaken = Exclude<DeliveryStep, { is: "delivered" }>;

function againOrDead(error: string, askedMs: number, facts: TryFacts): NotTaken {
  const growing = Math.min(facts.pauseMs * 3 ** (facts.attempts - 1), longestPauseMs);
  const delayMs = Math.max(facts.jitter(growing), Math.min(askedMs, longestPauseMs));
  const heldUpMs = facts.waitedFor ? Math.max(facts.age, facts.failingMs) + delayMs : 0;
  if (facts.age + delayMs > facts.giveUpAfterMs || heldUpMs > waitedForMs)
    return { is: "dead", error, gone: false };
  return { is: "again", delayMs, error };
}

const longestAnswer = 60_000;

/** `{ "text": … }` or `{ "markdown": … }`; whatever else an endpoint says is left. */
function answerIn(body: string | undefined): MessageBody | undefined {
  if (body === undefined || !body.trimStart().startsWith("{")) return undefined;
  const said = parsed(body);
  const text = stringAt(said, "text");
  const markdown = stringAt(said, "markdown");
  const words = text ?? markdown;
  if (words === undefined || words.length > longestAnswer || words.trim() === "") return undefined;
  if (!words.isWellFormed() || words.includes("\0")) return undefined;
  return text === undefined ? { markdown: words } : { text: words };
}

function parsed(body: string): object {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
