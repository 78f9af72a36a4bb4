import type { ServerResponse } from "node:http";
import { endFrame, type Frame, lastWordsMs, type Outlet } from "./outlet.ts";

/** How long a browser waits before it connects again, in milliseconds. */
const retryMs = 3_000;

/**
 * A stream as server-sent events (HTML Living Standard, "Server-sent events"). Events of the outbox have no name, so
 * `onmessage` gets them all; everything else has one.
 */
export function openSseOutlet(response: ServerResponse, headers: Record<string, string>): Outlet {
  response.writeHead(200, {
    ...headers,
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    // Nothing else can be asked on it when the stream is over.
    connection: "close",
    // Nginx would hold events back until its buffer is full.
    "x-accel-buffering": "no",
  });
  response.write(`retry: ${retryMs}\n\n`);
  let isClosed = false;
  response.on("error", () => response.destroy());
  return {
    get isClosed() {
      return isClosed;
    },
    get isFull() {
      return response.writableNeedDrain;
    },
    send(frame) {
      if (!isClosed) response.write(textOf(frame));
    },
    onChange(listener) {
      response.on("drain", listener);
      response.on("close", () => {
        isClosed = true;
        listener();
      });
    },
    end(ending) {
      if (isClosed) return;
      isClosed = true;
      response.end(textOf(endFrame(ending)));
      setTimeout(() => response.destroy(), lastWordsMs).unref();
    },
  };
}

function textOf({ type, id, data }: Frame): string {
  const idLine = id === undefined ? "" : `id: ${id}\n`;
  // Without data nothing is dispatched, but the browser remembers the id.
  if (type === "heartbeat") return `: heartbeat\n${idLine}\n`;
  const name = type === "event" ? "" : `event: ${type}\n`;
  return `${name}${idLine}data: ${data}\n\n`;
}
