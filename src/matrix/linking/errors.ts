import { declareError } from "../../kernel/errors.ts";

/** The bot stays in a room that was unlinked until what it has to say there was delivered. */
export const farewellPending = declareError<{ roomId: string }>(
  "farewell_pending",
  "unavailable",
  ({ roomId }) => `The farewell in ${roomId} has not been delivered yet.`,
);
