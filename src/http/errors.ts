import { declareError } from "../kernel/errors.ts";

type None = Record<string, never>;

/** One thing that is wrong with a request. */
export interface RequestFault {
  /** Which part of the request. */
  readonly in: "body" | "query" | "path" | "header";
  /** JSON Pointer (RFC 6901) within that part. */
  readonly pointer: string;
  /** What kind of fault it is: a word of the validator's closed list. */
  readonly code: string;
  readonly detail: string;
}

export const requestInvalid = declareError<{ faults: readonly RequestFault[] }>(
  "request_invalid",
  "invalid",
  ({ faults }) =>
    faults.length === 1
      ? `The request has a fault: ${faults[0]?.detail ?? ""}`
      : `The request has ${faults.length} faults; "errors" names each.`,
);
export const malformedJson = declareError<None>(
  "malformed_json",
  "invalid",
  () => "The body is not JSON in UTF-8.",
);
export const malformedRequest = declareError<{ what: string }>(
  "malformed_request",
  "invalid",
  ({ what }) => what,
);
export const payloadTooLarge = declareError<{ limit: number }>(
  "payload_too_large",
  "invalid",
  ({ limit }) => `The body is larger than ${limit} bytes.`,
);
export const unsupportedMediaType = declareError<None>(
  "unsupported_media_type",
  "invalid",
  () => "Send the body as application/json.",
);
export const routeMissing = declareError<None>(
  "route_not_found",
  "missing",
  () => "There is nothing at this path. /openapi.json lists what there is.",
);
export const methodNotAllowed = declareError<{ allow: string }>(
  "method_not_allowed",
  "invalid",
  ({ allow }) => `This path answers ${allow}.`,
);
export const accessKeyRequired = declareError<None>(
  "access_key_required",
  "unauthenticated",
  () => "Send an access key as: Authorization: Bearer ak_…",
);
export const operatorKeyRequired = declareError<None>(
  "operator_key_required",
  "forbidden",
  () => "This concerns all microDAOs: use an integration's key that is bound to none.",
);
export const agentKeyRequired = declareError<None>(
  "agent_key_required",
  "forbidden",
  () => "Messages are posted by agents: use an access key whose subject is an agent.",
);
export const invitedAgentMissing = declareError<{ field: "members"; agent: string }>(
  "agent_not_found",
  "missing",
  ({ agent }) => `There is no agent "${agent.slice(0, 80)}".`,
);
export const ownerRequired = declareError<{ field: "owner" }>(
  "owner_required",
  "invalid",
  () =>
    "A person founds a microDAO for themselves; a program's key says in owner whose it is: @alice:example.org.",
);
export const messageMissing = declareError<None>(
  "message_not_found",
  "missing",
  () => "There is no such message, or this key may not see it.",
);
export const streamMissing = declareError<None>(
  "stream_not_found",
  "missing",
  () => "The message is not one that grows.",
);
export const streamEnded = declareError<{ state: string }>(
  "stream_ended",
  "conflict",
  ({ state }) => `The message grows no more: it is ${state}.`,
);
export const streamTaken = declareError<None>(
  "stream_taken",
  "conflict",
  () => "Another request goes on with this message.",
);
export const textTooLong = declareError<{ limit: number }>(
  "text_too_long",
  "invalid",
  ({ limit }) => `The text has more than ${limit} characters.`,
);
export const shuttingDown = declareError<None>(
  "shutting_down",
  "unavailable",
  () => "The bridge is stopping. Send the request again.",
);
export const sendMissing = declareError<None>(
  "send_not_found",
  "missing",
  () => "There is nothing such that the agent of this key sends.",
);
export const tooManyStreams = declareError<{ retryAfterSeconds: number }>(
  "too_many_streams",
  "limited",
  () => "There are too many open streams, of this key or in all. Close one, or try again later.",
);
export const originRefused = declareError<None>(
  "origin_refused",
  "forbidden",
  () => "Pages of another origin may not open a WebSocket here.",
);
export const mediaMissing = declareError<None>(
  "media_not_found",
  "missing",
  () => "The message has no such file, or the file is nowhere.",
);
export const uploadsOff = declareError<None>("uploads_off", "missing", () => "No files are taken here.");
export const mediaEncrypted = declareError<None>(
  "media_encrypted",
  "conflict",
  () => "The file is encrypted. Its keys stay in Matrix; only a Matrix client can read it.",
);
export const mediaLinkInvalid = declareError<None>(
  "media_link_invalid",
  "forbidden",
  () => "This link was not made here, or it was changed. Take a new one from the message.",
);
export const mediaLinkExpired = declareError<None>(
  "media_link_expired",
  "forbidden",
  () => "This link has expired. Take a new one from the message.",
);
export const questionsUnreadable = declareError<None>(
  "questions_unreadable",
  "unavailable",
  () => "What is asked cannot be read from the rooms by this process.",
);
export const rateLimited = declareError<{ retryAfterSeconds: number }>(
  "rate_limited",
  "limited",
  ({ retryAfterSeconds }) => `Too many requests with this key. Try again in ${retryAfterSeconds} s.`,
);
export const tooManyFailures = declareError<{ retryAfterSeconds: number }>(
  "too_many_failures",
  "limited",
  ({ retryAfterSeconds }) =>
    `Too many access keys that are none came from your address. Try again in ${retryAfterSeconds} s.`,
);
