import { declareError } from "../../kernel/errors.ts";

export const requestChannelRefused = declareError<{ field: "channel" }>(
  "request_channel_refused",
  "invalid",
  () =>
    "The request cannot be told there: name a channel of the same microDAO that is no confidential team's.",
);
