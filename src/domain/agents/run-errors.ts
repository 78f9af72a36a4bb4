import { declareError } from "../../kernel/errors.ts";

type None = Record<string, never>;

export const runMissing = declareError<None>("run_not_found", "missing", () => "There is no such run.");

export const runEnded = declareError<None>("run_ended", "conflict", () => "The run has ended already.");

export const scheduleMissing = declareError<None>(
  "schedule_not_found",
  "missing",
  () => "There is no such schedule.",
);

export const scheduleInvalid = declareError<{ what: string }>(
  "schedule_invalid",
  "invalid",
  ({ what }) => what,
);

export const agentNotInChannel = declareError<None>(
  "agent_not_in_channel",
  "conflict",
  () => "The agent is not active, or not in this channel.",
);

export const channelSilent = declareError<None>(
  "channel_encrypted",
  "conflict",
  () => "The channel is encrypted or confidential: agents hear and say nothing there.",
);
