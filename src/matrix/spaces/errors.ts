import { declareError } from "../../kernel/errors.ts";

export const roomInHand = declareError<{ id: string }>(
  "room_in_hand",
  "unavailable",
  ({ id }) => `Another process is making the room of ${id}, or the homeserver still may be.`,
);
