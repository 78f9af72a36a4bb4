import { declareError } from "../../kernel/errors.ts";

export const modelNotSetUp = declareError<{ model: string }>(
  "model_not_set_up",
  "conflict",
  ({ model }) => `there is no language model “${model}” here. An operator has to set one up.`,
);
export const secretsKeyMissing = declareError<Record<string, never>>(
  "secrets_kek_missing",
  "conflict",
  () =>
    "Keys of model providers are kept encrypted, and SECRETS_KEK is not set. Set it to 32 bytes in base64.",
);
export const modelRefusedToStore = declareError<{ what: string }>(
  "model_invalid",
  "invalid",
  ({ what }) => what,
);
export const modelMissing = declareError<{ name: string }>(
  "model_not_found",
  "missing",
  ({ name }) => `There is no model "${name.slice(0, 80)}" in this microDAO.`,
);
export const tooManySteps = declareError<{ steps: number }>(
  "too_many_steps",
  "conflict",
  ({ steps }) => `I used my tools ${steps} times in a row without coming to an answer, and have stopped.`,
);
export const noAnswer = declareError<Record<string, never>>(
  "model_empty",
  "unavailable",
  () => "the language model had nothing to say.",
);
/** Why a tool did not do what it was asked for; the model is told. */
export const toolRefused = declareError<{ why: string }>("tool_refused", "forbidden", ({ why }) => why);
