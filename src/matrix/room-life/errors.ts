import { declareError } from "../../kernel/errors.ts";

/** A room in a chain of upgrades is followed when the bot has taken its place in the room before. */
export const upgradeNotReady = declareError<{ roomId: string }>(
  "upgrade_not_ready",
  "unavailable",
  ({ roomId }) => `The room ${roomId} is still being linked; its successor comes after that.`,
);
