import { AppError } from "../../kernel/errors.ts";

/** What is written down of a run that did not work. */
export interface Judgement {
  readonly code: string;
  /** For people, as the room is told. */
  readonly sentence: string;
  /** Whether it is worth trying again. */
  readonly retry: boolean;
  /** Not sooner than after so many milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** Whoever asked waits no longer than that for another try. */
export const longestPauseMs = 10 * 60_000;

/**
 * Errors of kind `unavailable` are worth another try, not sooner than whoever was asked wishes; when that is too long to
 * wait for, the run ends and whoever asked is told when to ask again. Of a bug nobody outside sees the text.
 */
export function judgeFailure(error: unknown): Judgement {
  if (!(error instanceof AppError) || error.kind === "bug") {
    return { code: "bug", sentence: "Something went wrong while I worked on this.", retry: false };
  }
  const { code, kind, message } = error;
  const sentence = `I could not answer this: ${message}`;
  if (kind !== "unavailable") return { code, sentence, retry: false };
  const retryAfterMs = waitOf(error.details);
  if (retryAfterMs <= longestPauseMs) return { code, sentence, retry: true, retryAfterMs };
  const minutes = Math.ceil(retryAfterMs / 60_000);
  return { code, sentence: `${sentence} Please ask again in ${minutes} minutes.`, retry: false };
}

function waitOf(details: object): number {
  const wait = "retryAfterMs" in details ? details.retryAfterMs : undefined;
  return typeof wait === "number" ? wait : 0;
}
