import { declareError } from "../../kernel/errors.ts";

export const confirmationNeeded = declareError<{ pending: readonly string[] }>(
  "confirmation_needed",
  "invalid",
  ({ pending }) =>
    `APP_ENV is production and ${pending.length} migrations are pending: ${pending.join(", ")}. ` +
    "Nobody is at a terminal to confirm: run it with --yes.",
);

export const confirmationDenied = declareError<Record<string, never>>(
  "confirmation_denied",
  "invalid",
  () => "Nothing was applied, because it was not confirmed.",
);

export const stepsInvalid = declareError<{ steps: string }>(
  "steps_invalid",
  "invalid",
  ({ steps }) => `--steps is ${steps}; write a whole number from 1.`,
);
