import { APICallError } from "ai";
import { AppError, messageOf } from "../../kernel/errors.ts";
import { isObject, type JsonObject, objectAt } from "../../kernel/json.ts";
import { retryAfterMs } from "../../kernel/retry-after.ts";
import {
  modelAway,
  modelBusy,
  modelKeyRefused,
  modelOverfull,
  modelRefused,
  modelSilenced,
  modelUnknown,
  modelUnpaid,
} from "./model-errors.ts";

export interface Asked {
  readonly model: string;
  /** Never shown. */
  readonly apiKey: string | undefined;
  /** What the model was told of what people said. Never shown. */
  readonly words: readonly string[];
  readonly now: Date;
}

const longestReason = 300;
/** So many characters in a row that are in both are a quotation. */
const shortestQuotation = 12;

/**
 * What went wrong with a request to a model, as a declared error. The SDK's errors hold the whole request and the whole
 * answer, and providers quote keys that they do not accept and questions that they do not like: only a scrubbed sentence is
 * taken over, and no cause.
 */
export function faultOf(error: unknown, asked: Asked): AppError {
  if (error instanceof AppError) return error;
  const said = APICallError.isInstance(error) ? answerOf(error) : messageIn(error);
  const fault = {
    model: asked.model,
    reason: reasonIn(said, asked),
    status: said.status,
    retryAfterMs: said.retryAfter === undefined ? undefined : retryAfterMs(said.retryAfter, null, asked.now),
  };
  return errorFor(said)(fault);
}

interface Said {
  readonly reason: string;
  /** Words of the provider that say what kind of failure it is. */
  readonly code: string;
  readonly status: number | undefined;
  readonly retryAfter: string | undefined;
}

function answerOf(error: APICallError): Said {
  const body = bodyOf(error.responseBody);
  const { statusCode: status } = error;
  return {
    ...wordsOf(objectAt(body, "error") ?? body),
    ...(body === undefined && {
      reason: status === undefined ? innermost(error) : `status ${status}, no JSON`,
    }),
    status,
    retryAfter: error.responseHeaders?.["retry-after"],
  };
}

/** An error that came in the middle of an answer: the provider's own, or one of the connection. */
function messageIn(error: unknown): Said {
  const words =
    isObject(error) && !(error instanceof Error) ? wordsOf(error) : { reason: innermost(error), code: "" };
  return { ...words, status: undefined, retryAfter: undefined };
}

function wordsOf(error: JsonObject | undefined): { reason: string; code: string } {
  const texts = ["code", "type", "message"].flatMap((key) => {
    const value = error?.[key];
    return typeof value === "string" || typeof value === "number" ? [String(value)] : [];
  });
  return { reason: texts.join(": "), code: texts.join(" ").toLowerCase() };
}

function bodyOf(text: string | undefined): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return isObject(value) ? value : undefined;
  } catch {
    // Error pages of proxies are not JSON.
    return undefined;
  }
}

function innermost(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? innermost(error.cause) : messageOf(error);
}

function reasonIn({ reason, status }: Said, { apiKey, words }: Asked): string {
  const shown = scrubbed(reason, apiKey);
  if (!quotes(shown, words)) return shown;
  return `${status === undefined ? "an error" : `status ${status}`}, in words of the question`;
}

/** Whether a stretch of what was asked is in the text, however it is wrapped. */
function quotes(text: string, words: readonly string[]): boolean {
  const [shown, asked] = [bare(text), bare(words.join(" "))];
  for (let from = 0; from + shortestQuotation <= shown.length; from += 1) {
    if (asked.includes(shown.slice(from, from + shortestQuotation))) return true;
  }
  return false;
}

/** Letters and digits: quotations differ in spaces, quotes and escapes. */
function bare(text: string): string {
  const plain = text.replaceAll(/\\+u([0-9a-f]{4})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return plain.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "");
}

function scrubbed(text: string, apiKey: string | undefined): string {
  const plain = text.replaceAll(/\b(?:bearer|basic)\s+[^\s"',;]+/gi, "***");
  const hidden = apiKey === undefined || apiKey === "" ? plain : plain.replaceAll(apiKey, "***");
  // Some quote a part of the key, with stars in it.
  return hidden.replaceAll(/\b(?:sk|key|gsk|xai|pk)[-_][\w*.-]{4,}/gi, "***").slice(0, longestReason);
}

type FaultMaker = typeof modelAway;

/** The first row that fits decides. */
const byWords: readonly (readonly [RegExp, FaultMaker])[] = [
  [
    /context_length|context length|context window|maximum context|too many tokens|prompt is too long/,
    modelOverfull,
  ],
  [/content_filter|content_policy|content management policy/, modelSilenced],
  [/insufficient_quota|billing|insufficient credits/, modelUnpaid],
  [/model_not_found|model .{0,200}(?:not found|does not exist)/, modelUnknown],
  [/invalid_api_key|incorrect api key/, modelKeyRefused],
];

const byStatus: Readonly<Record<number, FaultMaker>> = {
  401: modelKeyRefused,
  402: modelUnpaid,
  403: modelKeyRefused,
  404: modelUnknown,
  408: modelAway,
  409: modelAway,
  413: modelOverfull,
  425: modelAway,
  429: modelBusy,
};

function errorFor({ code, status }: Said): FaultMaker {
  const named = byWords.find(([words]) => words.test(code))?.[1];
  // What a server that is broken says about the reason is worth little.
  if (named !== undefined && (status === undefined || status < 500)) return named;
  if (status === undefined || status >= 500 || status < 400) return modelAway;
  return byStatus[status] ?? modelRefused;
}
