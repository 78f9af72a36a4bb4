import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { type Ending, endFrame, type Frame, lastWordsMs, type Outlet } from "./outlet.ts";

/** Heartbeats that may stay without an answer before the connection counts as dead. */
const silentBeats = 3;

/** Why the connection is closed, for programs (RFC 6455 §7.4.1). */
const closeCodes: Readonly<Record<string, number>> = { shutting_down: 1001, slow_reader: 1013 };
const policyViolation = 1008;

/**
 * A stream on a WebSocket. Every message is one JSON text: `type`, `data`, and `id` where a reader can go on. What the
 * client says is left, pings and the closing handshake excepted. `connection` is what the socket writes to.
 */
export function openSocketOutlet(socket: WebSocket, connection: Duplex): Outlet {
  let unansweredBeats = 0;
  const listeners: (() => void)[] = [];
  const changed = () => {
    for (const listener of listeners) listener();
  };
  // Whatever it is, somebody is there.
  for (const event of ["message", "ping", "pong"]) socket.on(event, () => (unansweredBeats = 0));
  socket.on("close", changed);
  // A client that breaks the protocol is closed with the code that says how; there is nothing else to do about it.
  socket.on("error", changed);
  connection.on("drain", changed);

  function ping(): void {
    unansweredBeats += 1;
    if (unansweredBeats > silentBeats) socket.terminate();
    else socket.ping();
  }

  return {
    get isClosed() {
      return socket.readyState !== socket.OPEN;
    },
    get isFull() {
      return connection.writableNeedDrain;
    },
    onChange: (listener) => void listeners.push(listener),
    send(frame: Frame) {
      if (socket.readyState !== socket.OPEN) return;
      if (frame.type === "heartbeat") ping();
      // A ping says that the connection lives; there is more to say only with a position.
      if (frame.type !== "heartbeat" || frame.id !== undefined) socket.send(textOf(frame));
    },
    end(ending: Ending) {
      if (socket.readyState !== socket.OPEN) return;
      socket.send(textOf(endFrame(ending)));
      socket.close(closeCodes[ending.code] ?? policyViolation, ending.code);
      setTimeout(() => socket.terminate(), lastWordsMs).unref();
      changed();
    },
  };
}

function textOf({ type, id, data }: Frame): string {
  const idPart = id === undefined ? "" : `"id":"${id}",`;
  return `{"type":"${type}",${idPart}"data":${data}}`;
}
