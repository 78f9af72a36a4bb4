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

export const idempotencyKeyReused = declareError<None>(
  "idempotency_key_reused",
  "conflict",
  () => "This Idempotency-Key was used for another message. Use a new key for a new message.",
);
