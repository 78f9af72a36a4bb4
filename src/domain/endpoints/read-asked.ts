import { AppError } from "../../kernel/errors.ts";
import type { ClaimedRun, ReadQuestion } from "../agents/index.ts";

export interface QuestionSource {
  readonly readQuestion: ReadQuestion;
}

export type AskedQuestion =
  | { readonly is: "asked"; readonly text: string | null }
  | { readonly is: "withdrawn" }
  /** Worth reading again later. */
  | { readonly is: "away"; readonly reason: string };

/** What a run asks, read anew each time: what was redacted meanwhile is told to nobody. */
export async function readAsked(
  { readQuestion }: QuestionSource,
  { trigger, roomId, prompt }: Pick<ClaimedRun, "trigger" | "roomId" | "prompt">,
): Promise<AskedQuestion> {
  const { eventId } = trigger;
  if (eventId === null) return { is: "asked", text: prompt };
  try {
    const text = await readQuestion({ roomId, eventId });
    return text === undefined ? { is: "withdrawn" } : { is: "asked", text: prompt ?? text };
  } catch (error) {
    if (error instanceof AppError && error.kind === "unavailable")
      return { is: "away", reason: error.message };
    throw error;
  }
}
