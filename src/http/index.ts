/**
 * The public API: authentication, routes, problem replies, OpenAPI, and what those who run the bridge look at.
 * Always true: every route under `/v1` asks for an access key and the decision of governance; a refusal is a problem
 * reply with a stable code; nothing that was said in a room is logged.
 */
export type { ApiDeps, MediaSource, Probe } from "./deps.ts";
export { createMetrics, type Metrics } from "./metrics.ts";
export { comesInPieces } from "./piece-bodies.ts";
export { defaultRateLimit, type RateLimit } from "./rate-limit.ts";
export { registerApi } from "./register-api.ts";
export { apiServerOptions } from "./server-options.ts";
