import { declareError } from "../../kernel/errors.ts";

/** Their sentences are for the room; `reason` is for the log. No key, no prompt and no answer is in either. */
export interface ModelFault {
  readonly model: string;
  /** What the provider said, or what happened to the connection; at most 300 characters. */
  readonly reason: string;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
}

/** No usable answer: no connection, a timeout, half an answer, a 5xx, 429. It may work the next time. */
export const modelAway = declareError<ModelFault>(
  "model_away",
  "unavailable",
  ({ model }) => `the language model ${model} does not answer at the moment.`,
);
export const modelBusy = declareError<ModelFault>(
  "model_busy",
  "unavailable",
  ({ model }) => `the language model ${model} is asked too much at the moment.`,
);
export const modelKeyRefused = declareError<ModelFault>(
  "model_key_refused",
  "conflict",
  ({ model }) =>
    `the provider of the language model ${model} does not accept the key that it was given. An operator has to look.`,
);
export const modelUnknown = declareError<ModelFault>(
  "model_unknown",
  "conflict",
  ({ model }) => `its provider knows no language model ${model}. An operator has to look.`,
);
export const modelUnpaid = declareError<ModelFault>(
  "model_unpaid",
  "conflict",
  ({ model }) => `what was paid for the language model ${model} is used up. An operator has to look.`,
);
export const modelSilenced = declareError<ModelFault>(
  "model_content_filter",
  "conflict",
  ({ model }) => `the provider of the language model ${model} does not allow an answer to this.`,
);
export const modelOverfull = declareError<ModelFault>(
  "model_context_too_long",
  "conflict",
  ({ model }) => `there is more to read than the language model ${model} can take in at once.`,
);
export const modelRefused = declareError<ModelFault>(
  "model_refused",
  "conflict",
  ({ model }) => `the provider of the language model ${model} refused the question.`,
);
