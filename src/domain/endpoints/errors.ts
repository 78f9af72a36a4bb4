import { declareError } from "../../kernel/errors.ts";

type None = Record<string, never>;

export const webhookMissing = declareError<None>(
  "webhook_not_found",
  "missing",
  () => "The agent has no webhook. PUT one.",
);
export const webhookRefused = declareError<{ what: string; field: "url" }>(
  "webhook_url_refused",
  "invalid",
  ({ what }) => what,
);
export const deliveryMissing = declareError<None>(
  "delivery_not_found",
  "missing",
  () => "There is no such delivery to the agent's webhook.",
);
export const deliveryNotDead = declareError<{ state: string }>(
  "delivery_not_dead",
  "conflict",
  ({ state }) => `The delivery is ${state}; only dead ones are tried again.`,
);
export const leaseLost = declareError<None>(
  "lease_lost",
  "conflict",
  () =>
    "The run is not yours any more: its lease ran out and somebody else has it, or it has ended. Stop working on it.",
);
export const runMissing = declareError<None>(
  "run_not_found",
  "missing",
  () => "There is no such run of the agent that this key belongs to.",
);
/** What others said is no answer either; whether there is such a message is not told. */
export const answerNotOfRun = declareError<{ field: "messageId" }>(
  "answer_not_of_run",
  "invalid",
  () => "messageId names no message that the agent said in the run's channel and for this run.",
);
