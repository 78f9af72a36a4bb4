import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type WebSocket, WebSocketServer } from "ws";
import { malformedRequest, originRefused } from "../errors.ts";

/** A connection that its client wants to turn into a WebSocket. */
interface Upgrade {
  readonly socket: Socket;
  /** What came after the request. */
  readonly head: Buffer;
  readonly response: ServerResponse;
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>();

/** The subprotocol that a client names beside its key. */
export const socketProtocol = "microdao.v1";

/**
 * Whether a request asks for a WebSocket where there is one. All others that offer an upgrade (`h2c`, for instance) are
 * answered as if they had not; else their bodies would be lost.
 */
export function wantsSocket({ method, url, headers }: IncomingMessage): boolean {
  const isStream = /\/v1\/(?:stream|agents\/me\/triggers)\/?(?:\?|$)/.test(url ?? "");
  return method === "GET" && isStream && headers.upgrade?.toLowerCase() === "websocket";
}

/** Sends requests for WebSockets the way of all requests: keys, limits and refusals are the same. */
export function routeUpgrades(app: FastifyInstance): void {
  app.server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.on("finish", () => socket.end());
    upgrades.set(request, { socket, head, response });
    app.routing(request, response);
  });
}

/** Whether this request came over such a connection. */
export function isUpgrade(request: FastifyRequest): boolean {
  return upgrades.has(request.raw);
}

/**
 * Checks the client's half of the handshake (RFC 6455 §4.2.1) and the origin: a browser says which page wants the
 * connection, and only pages of this server may. Throws `malformed_request`, `origin_refused`.
 */
export function requireSocketRequest({ headers }: FastifyRequest): void {
  if (headers["sec-websocket-version"] !== "13")
    throw malformedRequest({ what: "The bridge speaks version 13 of WebSocket." });
  if (!/^[A-Za-z0-9+/]{22}==$/.test(headers["sec-websocket-key"] ?? "")) {
    throw malformedRequest({ what: "Sec-WebSocket-Key is not 16 bytes in base64." });
  }
  const { origin, host } = headers;
  if (origin !== undefined && URL.parse(origin)?.host !== host) throw originRefused({});
}

/** Readers of a stream have nothing to say: what they send is read and left, and may not be large. */
const sockets = new WebSocketServer({
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: 4_096,
  handleProtocols: (offered) => offered.has(socketProtocol) && socketProtocol,
});

/** Answers the handshake; from then on the connection is a WebSocket. */
export function acceptSocket(request: FastifyRequest): {
  readonly socket: WebSocket;
  readonly connection: Duplex;
} {
  const upgrade = upgrades.get(request.raw);
  if (upgrade === undefined) throw malformedRequest({ what: "This is no request for a WebSocket." });
  const { socket: connection, head, response } = upgrade;
  response.detachSocket(connection);
  let accepted: WebSocket | undefined;
  sockets.handleUpgrade(request.raw, connection, head, (socket) => {
    accepted = socket;
  });
  if (accepted === undefined) throw malformedRequest({ what: "The WebSocket handshake is malformed." });
  return { socket: accepted, connection };
}

/** The key of a client that cannot set headers: browsers let pages choose subprotocols only. */
export function socketToken(request: FastifyRequest): string | undefined {
  if (!isUpgrade(request)) return undefined;
  return protocolsOf(request)
    .find((name) => name.startsWith("bearer."))
    ?.slice("bearer.".length);
}

function protocolsOf({ headers }: FastifyRequest): string[] {
  const names = headers["sec-websocket-protocol"];
  return names === undefined ? [] : names.split(",").map((name) => name.trim());
}
