import type { FastifyReply, FastifyRequest } from "fastify";
import type { Outlet } from "./outlet.ts";
import { openSocketOutlet } from "./socket-outlet.ts";
import { openSseOutlet } from "./sse-outlet.ts";
import { acceptSocket, isUpgrade } from "./upgrades.ts";

/** Takes the connection out of the server's hands: from here on it is a stream. */
export function openOutlet(request: FastifyRequest, reply: FastifyReply): Outlet {
  reply.hijack();
  if (!isUpgrade(request)) {
    const kept = Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)] as const);
    return openSseOutlet(reply.raw, Object.fromEntries(kept));
  }
  const { socket, connection } = acceptSocket(request);
  return openSocketOutlet(socket, connection);
}
