import type { IncomingMessage } from "node:http";
import Fastify, { type FastifyInstance } from "fastify";
import { apiServerOptions, comesInPieces } from "../http/index.ts";
import type { Log } from "../kernel/log.ts";

export interface ServerOptions {
  readonly log: Log;
  /** The path in the registration's `url`, as `/bridge`; empty when it has none. */
  readonly pathPrefix: string;
  /** How long a body may take to arrive, unless it comes in pieces; 55 s. */
  readonly bodyMs?: number;
}

/** Longer than Synapse keeps an idle connection (120 s): it never repeats a PUT that met a connection just closed. */
const keepAliveMs = 130_000;
/** Shorter than Synapse waits for an answer (60 s), so that it is we who give up first. */
const defaultBodyMs = 55_000;
/** Longer than a model may talk: what it says may be posted as it comes. */
const longestRequestMs = 11 * 60_000;
const headersMs = 20_000;
/** An id of 255 bytes with every byte percent-encoded. */
const longestIdLength = 3 * 255;
/** How long requests that are under way when the process stops may take; the process has 10 s in all. */
const closingMs = 5_000;
const sweepMs = 50;

/**
 * The one HTTP server of the process, before anybody has put routes on it: connections kept as long as the homeserver
 * keeps them, ids of any length Matrix allows, both the paths with the registration's prefix and those that a proxy has
 * taken it from, never a redirect, and Matrix errors for everything under `/_matrix` that nobody answers.
 */
export function makeServer({ log, pathPrefix, bodyMs = defaultBodyMs }: ServerOptions): FastifyInstance {
  const app = Fastify({
    ...apiServerOptions,
    keepAliveTimeout: keepAliveMs,
    requestTimeout: longestRequestMs,
    forceCloseConnections: "idle",
    routerOptions: {
      ...apiServerOptions.routerOptions,
      maxParamLength: Math.max(longestIdLength, apiServerOptions.routerOptions.maxParamLength),
    },
    rewriteUrl: ({ url }: IncomingMessage) => withoutPrefix(url ?? "/", pathPrefix),
  });
  app.server.headersTimeout = headersMs;
  cutConnectionsWhenClosing(app, log);
  cutSlowBodies(app, bodyMs);
  void app.register(
    (scope, _options, done) => {
      scope.setNotFoundHandler((_request, reply) => {
        void reply.code(404).send({ errcode: "M_UNRECOGNIZED", error: "There is no such endpoint." });
      });
      done();
    },
    { prefix: "/_matrix" },
  );
  return app;
}

/** Node has one limit for all requests. */
function cutSlowBodies(app: FastifyInstance, bodyMs: number): void {
  app.addHook("onRequest", ({ raw, headers }, _reply, done) => {
    const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
    if (hasBody && !comesInPieces(headers["content-type"])) {
      const timer = setTimeout(() => {
        if (!raw.complete) raw.destroy();
      }, bodyMs);
      raw.once("close", () => clearTimeout(timer));
    }
    done();
  });
}

/** Takes the prefix off, once. What a proxy has taken it from already stays as it is. */
function withoutPrefix(url: string, prefix: string): string {
  if (prefix === "" || url.startsWith("/_matrix/app/") || !url.startsWith(`${prefix}/`)) return url;
  return url.slice(prefix.length);
}

/**
 * Requests under way may finish, but not hold up the process. A connection whose last request ends while the server is
 * closing would be kept like any other: Node closes idle ones once only, when the closing begins.
 */
function cutConnectionsWhenClosing(app: FastifyInstance, log: Log): void {
  app.addHook("preClose", (done) => {
    const sweep = setInterval(() => app.server.closeIdleConnections(), sweepMs).unref();
    const deadline = setTimeout(() => {
      log.warn({ afterMs: closingMs }, "requests that had not finished were cut off");
      app.server.closeAllConnections();
    }, closingMs).unref();
    app.server.once("close", () => {
      clearInterval(sweep);
      clearTimeout(deadline);
    });
    done();
  });
}
