/**
 * What a program needs that answers as an agent: typed calls of the bridge's API, runs as they come, answers in one piece
 * or bit by bit, and the check of signed webhooks.
 */
export { type Agent, type AgentOptions, type Listening, openAgent } from "./agent.ts";
export { type Api, openApi } from "./api.ts";
export { BridgeError, type LostReason, RunFailure, RunLost, WebhookRefused } from "./errors.ts";
export type { components, paths } from "./openapi.ts";
export { type InPieces, postInPieces } from "./post-in-pieces.ts";
export type { ReplyStream } from "./reply-stream.ts";
export type { Posted, Reply, Run, Trigger, Words } from "./run.ts";
export { type VerifiedWebhook, type VerifyOptions, verifyWebhook } from "./verify-webhook.ts";
