import { declareError } from "../../kernel/errors.ts";

type None = Record<string, never>;

/** The longest note, in UTF-16 code units. */
export const longestNote = 500;

export const followupMissing = declareError<None>(
  "followup_not_found",
  "missing",
  () => "There is no such follow-up, or this key may not see it.",
);

export const followupMessageMissing = declareError<None>(
  "message_not_found",
  "missing",
  () => "There is no such message in the mirror. One that was just posted is there when it is confirmed.",
);

export const assigneeMissing = declareError<{ field: "assignee" }>(
  "assignee_not_found",
  "missing",
  () => "assignee names nobody who is in this channel.",
);

export const noteTooLong = declareError<{ field: "note" }>(
  "note_too_long",
  "invalid",
  () => `A note has at most ${longestNote} characters.`,
);

export const noteNotKept = declareError<{ field: "note" }>(
  "note_not_kept",
  "conflict",
  () => "No words are kept of this message, so none are kept about it. Make the follow-up without a note.",
);
