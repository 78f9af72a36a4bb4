import type { FastifyInstance } from "fastify";
import { serializerCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { hashKeyOf, openSealer } from "../domain/governance/index.ts";
import { monotonicMs } from "../kernel/clock.ts";
import type { ApiScope, RouteDeps } from "./api-scope.ts";
import { openRefusalLog, type RefusalLog } from "./audit-refusal.ts";
import { findBearer, requireAccessKeys } from "./authenticate-request.ts";
import type { ApiDeps } from "./deps.ts";
import { openDoor } from "./door.ts";
import { questionsUnreadable, routeMissing } from "./errors.ts";
import { openMediaLinks } from "./media-links.ts";
import { describeRoutes } from "./openapi.ts";
import { readPieceBodies } from "./piece-bodies.ts";
import { createRateLimiter, defaultFailureLimit, defaultRateLimit } from "./rate-limit.ts";
import { readJsonBodies } from "./read-json.ts";
import { refuseOtherMethods } from "./refuse-methods.ts";
import { answerThrown, replyProblem } from "./reply-problem.ts";
import { agentChangeRoutes } from "./routes/agent-changes.ts";
import { agentChannelRoutes } from "./routes/agent-channels.ts";
import { agentRunRoutes } from "./routes/agent-runs.ts";
import { agentTriggerRoutes } from "./routes/agent-triggers.ts";
import { agentWebhookRoutes } from "./routes/agent-webhooks.ts";
import { agentRoutes } from "./routes/agents.ts";
import { auditRoutes } from "./routes/audit.ts";
import { blueprintRoutes } from "./routes/blueprints.ts";
import { capabilityRoutes } from "./routes/capabilities.ts";
import { channelChangeRoutes } from "./routes/channel-changes.ts";
import { channelExportRoutes } from "./routes/channel-export.ts";
import { channelMemberRoutes } from "./routes/channel-members.ts";
import { channelMessageRoutes } from "./routes/channel-messages.ts";
import { channelRetentionRoutes } from "./routes/channel-retention.ts";
import { channelTypingRoutes } from "./routes/channel-typing.ts";
import { channelRoutes } from "./routes/channels.ts";
import { erasureRoutes } from "./routes/erasures.ts";
import { followupRoutes } from "./routes/followups.ts";
import { freezeRoutes } from "./routes/freezes.ts";
import { heldRunRoutes } from "./routes/held-runs.ts";
import { hierarchyRoutes } from "./routes/hierarchy.ts";
import { keyRoutes } from "./routes/keys.ts";
import { knockRoutes } from "./routes/knocks.ts";
import { mediaRoutes } from "./routes/media.ts";
import { mediaUploadRoutes } from "./routes/media-uploads.ts";
import { messageBatchRoutes } from "./routes/message-batches.ts";
import { messageChangeRoutes } from "./routes/message-changes.ts";
import { messageRelationRoutes } from "./routes/message-relations.ts";
import { messageStreamRoutes } from "./routes/message-streams.ts";
import { messageRoutes } from "./routes/messages.ts";
import { microdaoChangeRoutes } from "./routes/microdao-changes.ts";
import { microdaoMemberRoutes } from "./routes/microdao-members.ts";
import { microdaoRoutes } from "./routes/microdaos.ts";
import { modelRoutes } from "./routes/models.ts";
import { newChannelRoutes } from "./routes/new-channels.ts";
import { operationsRoutes } from "./routes/operations.ts";
import { quotaRoutes } from "./routes/quotas.ts";
import { runClaimRoutes } from "./routes/run-claims.ts";
import { runContextRoutes } from "./routes/run-context.ts";
import { searchRoutes } from "./routes/search.ts";
import { sendRoutes } from "./routes/sends.ts";
import { streamRoutes } from "./routes/stream.ts";
import { openClaimable } from "./stream/claimable.ts";
import { openStreams } from "./stream/streams.ts";
import { routeUpgrades } from "./stream/upgrades.ts";
import { validateRequest } from "./validate-request.ts";

/** Far above what a message may be, far below what would hurt. */
const bodyLimitBytes = 512 * 1024;

/**
 * Adds the public API to a server, in a scope of its own: its errors are problem replies, and whatever else the server
 * answers keeps its own ways. Paths that nobody answers are the API's to refuse.
 */
export function registerApi(app: FastifyInstance, deps: ApiDeps): void {
  const { database, secretsKey, log, metrics, live, media, streamLimits: limits } = deps;
  const streams = openStreams({ database, secretsKey, log, counters: metrics.counters, live, limits });
  const links = openMediaLinks(secretsKey, database.clock, media.linkMs);
  const hashKey = hashKeyOf(secretsKey);
  const door = openDoor({
    database,
    hashKey,
    requests: createRateLimiter(deps.rateLimit ?? defaultRateLimit, monotonicMs),
    failures: createRateLimiter(deps.failureLimit ?? defaultFailureLimit, monotonicMs),
  });
  const closing = new AbortController();
  const routeDeps = {
    ...deps,
    streams,
    links,
    readQuestion: deps.readQuestion ?? (() => Promise.reject(questionsUnreadable({}))),
    webhooks: deps.webhooks ?? { allowPrivate: false },
    claimable: openClaimable({ database, log }),
    hashKey,
    door,
    sealer: openSealer(secretsKey),
    closing: closing.signal,
  };
  routeUpgrades(app);
  app.addHook("preClose", (done) => {
    closing.abort();
    streams.close();
    done();
  });
  app.register(async (plain) => {
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    scope.setValidatorCompiler(validateRequest);
    scope.setSerializerCompiler(serializerCompiler);
    readJsonBodies(scope);
    logRequests(scope, deps);
    scope.setErrorHandler((error, request, reply) => answerThrown(deps.log, error, request, reply));
    scope.setNotFoundHandler((_request, reply) => replyProblem(reply, routeMissing({})));
    await describeRoutes(scope);
    const addRefusals = refuseOtherMethods(scope);
    operationsRoutes(scope, routeDeps);
    const refusalLog = openRefusalLog(routeDeps.database);
    // Each in a scope of its own, with its own ways of letting in and of reading bodies.
    for (const addRoutes of [versionOne, mediaRoutes, mediaUploadRoutes]) {
      await scope.register(
        (v1, _options, done) => {
          auditRefusals(v1, routeDeps, refusalLog);
          addRoutes(v1.withTypeProvider<ZodTypeProvider>(), routeDeps);
          done();
        },
        { prefix: "/v1" },
      );
    }
    addRefusals();
  });
}

function auditRefusals(scope: FastifyInstance, { door, log }: RouteDeps, auditRefusal: RefusalLog): void {
  scope.setErrorHandler(async (error, request, reply) => {
    const token = findBearer(request);
    // Whoever is told to wait was not asked who it is.
    const whose = request.principal ?? (token === undefined ? undefined : door.lastKnown(token));
    await auditRefusal(request, whose, error).catch((failure: unknown) => {
      // Refused is refused, also when the database cannot take the note.
      log.warn({ err: failure, requestId: request.id }, "a refusal could not be written to the audit log");
    });
    return answerThrown(log, error, request, reply);
  });
}

function versionOne(scope: ApiScope, deps: RouteDeps): void {
  requireAccessKeys(scope, deps.door);
  scope.addHook("onRoute", (route) => {
    route.bodyLimit = bodyLimitBytes;
  });
  channelRoutes(scope, deps);
  channelMemberRoutes(scope, deps);
  channelExportRoutes(scope, deps);
  channelRetentionRoutes(scope, deps);
  erasureRoutes(scope, deps);
  followupRoutes(scope, deps);
  freezeRoutes(scope, deps);
  auditRoutes(scope, deps);
  keyRoutes(scope, deps);
  capabilityRoutes(scope, deps);
  quotaRoutes(scope, deps);
  knockRoutes(scope, deps);
  // In a scope of its own: nothing else is said in pieces.
  scope.register((inner, _options, done) => {
    const pieces = inner.withTypeProvider<ZodTypeProvider>();
    readPieceBodies(pieces);
    channelMessageRoutes(pieces, deps);
    done();
  });
  channelTypingRoutes(scope, deps);
  messageRoutes(scope, deps);
  messageRelationRoutes(scope, deps);
  searchRoutes(scope, deps);
  messageChangeRoutes(scope, deps);
  messageBatchRoutes(scope, deps);
  messageStreamRoutes(scope, deps);
  sendRoutes(scope, deps);
  microdaoRoutes(scope, deps);
  newChannelRoutes(scope, deps);
  channelChangeRoutes(scope, deps);
  hierarchyRoutes(scope, deps);
  microdaoChangeRoutes(scope, deps);
  microdaoMemberRoutes(scope, deps);
  modelRoutes(scope, deps);
  agentRoutes(scope, deps);
  agentChangeRoutes(scope, deps);
  blueprintRoutes(scope, deps);
  agentChannelRoutes(scope, deps);
  agentRunRoutes(scope, deps);
  streamRoutes(scope, deps);
  agentTriggerRoutes(scope, deps);
  runClaimRoutes(scope, deps);
  heldRunRoutes(scope, deps);
  runContextRoutes(scope, deps);
  agentWebhookRoutes(scope, deps);
}

const longRoutes: ReadonlySet<string> = new Set(["/v1/stream", "/v1/agents/me/triggers", "/v1/runs/claim"]);

/** One line and one measurement per request: who, what, how long. Never bodies, tokens or query strings. */
function logRequests(scope: ApiScope, { log, metrics }: ApiDeps): void {
  scope.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id).header("x-content-type-options", "nosniff");
    if (request.url.startsWith("/v1/")) reply.header("cache-control", "no-store");
    done();
  });
  scope.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? "none";
    const seconds = reply.elapsedTime / 1000;
    const isStream = (longRoutes.has(route) && reply.statusCode === 200) || request.pieces != null;
    // How long a stream lasts, or somebody waits for work, says nothing about how fast the bridge answers.
    if (!isStream)
      metrics.observeRequest({ method: request.method, route, status: reply.statusCode }, seconds);
    log.info(
      {
        requestId: request.id,
        method: request.method,
        route,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        ...(request.principal != null && { keyId: request.principal.keyId }),
      },
      "request answered",
    );
    done();
  });
}
