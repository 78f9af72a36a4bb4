import { HTTPError, MatrixError, MatrixHttpApi, Method } from "matrix-js-sdk/lib/http-api/index.js";
import { TypedEventEmitter } from "matrix-js-sdk/lib/models/typed-event-emitter.js";
import type { Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/errors.ts";
import { retryAfterMs } from "../../kernel/retry-after.ts";
import { homeserverAway, homeserverRefused } from "./errors.ts";

export type QueryValue = string | number | boolean | readonly string[] | undefined;

export interface HomeserverRequest {
  readonly method: keyof typeof methods;
  /** From `/_matrix/…` on, every part percent-encoded. */
  readonly path: string;
  /** The user to act as; the application service's own user otherwise. */
  readonly asUser?: string | undefined;
  /** The device of `asUser` to act as. */
  readonly deviceId?: string | null | undefined;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** For the whole exchange, the body of the answer included. Default 30 s. */
  readonly timeoutMs?: number | undefined;
}

/** Sends one request and gives the parsed JSON. Throws `homeserver_refused` or `homeserver_away`, nothing else. */
export type SendRequest = (request: HomeserverRequest) => Promise<unknown>;

export interface RequestOptions {
  /** The homeserver's base URL. */
  readonly url: string;
  /** The application service's `as_token`. */
  readonly token: string;
  readonly clock: Clock;
  /** Default 30 s. */
  readonly timeoutMs?: number;
}

const methods = { GET: Method.Get, PUT: Method.Put, POST: Method.Post, DELETE: Method.Delete };
const defaultTimeoutMs = 30_000;
const longestReason = 300;

/**
 * Requests through the HTTP layer of matrix-js-sdk. Two things are done here because it does not: the time limit covers
 * the body of the answer and leaves no timer behind, and redirects are not followed, so the token reaches nobody else.
 * The token travels in the `Authorization` header only. Nothing is logged: the layer gets no logger.
 */
export function openRequests(options: RequestOptions): SendRequest {
  const api = new MatrixHttpApi(new TypedEventEmitter(), {
    baseUrl: options.url,
    prefix: "",
    accessToken: options.token,
    useAuthorizationHeader: true,
    onlyData: true,
    fetchFn: fetchWhole,
  });
  return async (request) => {
    const timeoutMs = request.timeoutMs ?? options.timeoutMs ?? defaultTimeoutMs;
    const query = { ...mutable(request.query), user_id: request.asUser, ...deviceQuery(request.deviceId) };
    try {
      return await api.authedRequest<unknown>(
        methods[request.method],
        request.path,
        query,
        request.body && { ...request.body },
        { abortSignal: AbortSignal.timeout(timeoutMs) },
      );
    } catch (error) {
      throw declared(error, options.clock.now());
    }
  };
}

/** Under both names: servers from before v1.17 know the second one only, and others leave it alone. */
function deviceQuery(deviceId: HomeserverRequest["deviceId"]): Record<string, string> {
  return deviceId == null ? {} : { device_id: deviceId, "org.matrix.msc3202.device_id": deviceId };
}

function mutable(
  query: HomeserverRequest["query"],
): Record<string, string[] | string | number | boolean | undefined> {
  return Object.fromEntries(
    Object.entries(query ?? {}).map(([key, value]) => [key, typeof value === "object" ? [...value] : value]),
  );
}

/**
 * The whole answer, or an error: the SDK lets go of the time limit when it has the headers, and a body cut short would
 * hang for ever. An error's cause is thrown in its stead, because the SDK keeps only one message and Node's says nothing.
 */
async function fetchWhole(resource: URL | RequestInfo, init?: RequestInit): Promise<Response> {
  try {
    const response = await fetch(resource, { ...init, redirect: "manual" });
    const body = await response.arrayBuffer();
    // These may not have a body at all (Fetch standard, "null body status").
    const empty = [204, 205, 304].includes(response.status);
    return new Response(empty ? null : body, { status: response.status, headers: response.headers });
  } catch (error) {
    throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
  }
}

function declared(error: unknown, now: Date): Error {
  if (error instanceof MatrixError && isRefusalStatus(error.httpStatus)) {
    return homeserverRefused(
      {
        status: error.httpStatus,
        errcode: error.errcode ?? "M_UNKNOWN",
        reason: (error.error ?? "no reason given").slice(0, longestReason),
        retryAfterMs: retryAfterMs(headerOf(error), error.data, now),
      },
      { cause: error },
    );
  }
  if (error instanceof HTTPError) {
    return homeserverAway(
      {
        why: `status ${error.httpStatus ?? "unknown"}`,
        status: error.httpStatus,
        errcode: error instanceof MatrixError ? error.errcode : undefined,
        retryAfterMs: retryAfterMs(headerOf(error), error instanceof MatrixError ? error.data : null, now),
      },
      { cause: error },
    );
  }
  return homeserverAway(
    { why: whyNoAnswer(error), status: undefined, errcode: undefined, retryAfterMs: undefined },
    { cause: error },
  );
}

function whyNoAnswer(error: unknown): string {
  if (error instanceof SyntaxError) return "its answer is not JSON";
  if (error instanceof Error && error.name === "AbortError") return "it took too long";
  return messageOf(error).replace("fetch failed: ", "");
}

function isRefusalStatus(status: number | undefined): status is number {
  return status !== undefined && status >= 400 && status < 500;
}

function headerOf(error: HTTPError): string | null {
  return error.httpHeaders?.get("Retry-After") ?? null;
}
