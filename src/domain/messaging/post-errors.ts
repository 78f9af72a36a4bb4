import { declareError } from "../../kernel/errors.ts";

type None = Record<string, never>;

export const messageTooLarge = declareError<{ bytes: number; limit: number }>(
  "message_too_large",
  "invalid",
  ({ bytes, limit }) =>
    `The message takes ${bytes} bytes and a Matrix event holds ${limit}. Shorten it or send it in parts.`,
);

export const messageEmpty = declareError<None>("message_empty", "invalid", () => "The message has no text.");

export const channelEncrypted = declareError<None>(
  "channel_encrypted",
  "conflict",
  () => "The channel is end-to-end encrypted, and nothing is ever sent there in plain text.",
);

export const channelConfidential = declareError<None>(
  "channel_confidential",
  "conflict",
  () =>
    "The channel is a confidential team's, whose words are not kept here, and a growing message would be.",
);

export const channelNotLinked = declareError<None>(
  "channel_not_linked",
  "conflict",
  () => "The channel is not linked to its room any more, or the bridge has not joined it.",
);

export const postChannelMissing = declareError<None>(
  "channel_not_found",
  "missing",
  () => "There is no such channel.",
);

export const agentNotReady = declareError<None>(
  "agent_not_ready",
  "conflict",
  () => "The agent is not active, or has no Matrix user yet. A new agent gets one within seconds.",
);

export const targetMissing = declareError<{ field: "replyTo" | "threadRoot" }>(
  "message_not_found",
  "missing",
  ({ field }) => `${field} names no message of this channel.`,
);

export const targetNotDelivered = declareError<{ field: "replyTo" | "threadRoot" }>(
  "message_not_delivered",
  "conflict",
  ({ field }) =>
    `${field} names a message that has not come back from the room yet. Try again when it is confirmed.`,
);

export const postedMessageMissing = declareError<None>(
  "message_not_found",
  "missing",
  () => "There is no such message.",
);

export const messageNotOwn = declareError<None>(
  "message_not_own",
  "forbidden",
  () => "Only whoever said a message can edit it.",
);

export const messageNotEditable = declareError<None>(
  "message_not_editable",
  "conflict",
  () => "Only texts can be edited.",
);

export const messageRedacted = declareError<None>(
  "message_redacted",
  "conflict",
  () => "The message has been deleted.",
);

export const messageFailed = declareError<None>(
  "message_failed",
  "conflict",
  () => "The message was never delivered, so there is nothing to change.",
);

export const messageInOldRoom = declareError<None>(
  "room_replaced",
  "conflict",
  () => "The message is in a room that was replaced by another. It cannot be changed any more.",
);

export const redactionRefused = declareError<{ readonly why: "capability" | "power" }>(
  "message_not_own",
  "forbidden",
  ({ why }) =>
    why === "capability"
      ? "The message is somebody else's: deleting it takes the capability chat.message.redact."
      : "The message is somebody else's, and the agent's power level in the room does not allow it to delete it.",
);

export const idempotencyKeyReused = declareError<None>(
  "idempotency_key_reused",
  "conflict",
  () => "This Idempotency-Key was used for another message. Use a new key for a new message.",
);
