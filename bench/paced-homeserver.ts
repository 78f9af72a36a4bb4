import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Driver, encodeTransactions } from "./driver.ts";
import type { PushedEvent } from "./generator.ts";
import { answerTo } from "./homeserver.ts";

/** An event that somebody has sent, in the moment in which its sender was told so. */
export interface SentEvent {
  readonly roomId: string;
  readonly sender: string;
  readonly body: string;
  /** `performance.now()` */
  readonly answeredAt: number;
}

/** A homeserver that answers everything after a fixed time, and pushes what was sent to it, as Synapse does. */
export interface PacedHomeserver {
  readonly url: string;
  /** Calls the listener for every event that is sent; gives what ends that. */
  onSent(listener: (sent: SentEvent) => void): () => void;
  /** Pushes what is sent from now on through this driver: in order, one transaction in flight. */
  pushThrough(driver: Driver): void;
  /** Settles when all that was sent has been pushed. */
  pushed(): Promise<void>;
  close(): Promise<void>;
}

const mostPerTransaction = 100;
const sendPath = /\/rooms\/([^/]+)\/send\/([^/]+)\/([^/]+)$/;
const contextPath = /\/rooms\/[^/]+\/context\/([^/]+)$/;

/** Starts it on a free loopback port. It keeps one event for a transaction id, and gives each room's events in order. */
export async function startPacedHomeserver(answerMs: number): Promise<PacedHomeserver> {
  const events = new Map<string, PushedEvent>();
  const byTransaction = new Map<string, PushedEvent>();
  const listeners = new Set<(sent: SentEvent) => void>();
  const waiting: PushedEvent[] = [];
  let driver: Driver | undefined;
  let pushing: Promise<void> | undefined;

  const push = async (through: Driver) => {
    while (waiting.length > 0) {
      await through.push(encodeTransactions(waiting.splice(0, mostPerTransaction), mostPerTransaction));
    }
    pushing = undefined;
  };
  const keep = (event: PushedEvent) => {
    events.set(event.event_id, event);
    waiting.push(event);
    if (driver !== undefined) pushing ??= push(driver);
    const { room_id: roomId, sender, content } = event;
    const sent = { roomId, sender, body: String(content["body"]), answeredAt: performance.now() };
    for (const listener of listeners) listener(sent);
  };
  const send = (url: URL, path: RegExpExecArray, content: PushedEvent["content"]) => {
    const [, roomId = "", type = "", txnId = ""] = path.map(decodeURIComponent);
    const known = byTransaction.get(txnId);
    if (known !== undefined) return known;
    const sender = url.searchParams.get("user_id") ?? "";
    const event = newEvent(events.size, { roomId, type, content, sender });
    byTransaction.set(txnId, event);
    keep(event);
    return event;
  };
  const answerOf = (request: IncomingMessage, content: PushedEvent["content"]): unknown => {
    const url = new URL(request.url ?? "/", "http://homeserver");
    const sending = sendPath.exec(url.pathname);
    if (sending !== null) return { event_id: send(url, sending, content).event_id };
    const [, eventId] = contextPath.exec(url.pathname) ?? [];
    if (eventId !== undefined) return { event: events.get(decodeURIComponent(eventId)) };
    return answerTo(request);
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const content = await readJson(request);
    await sleep(answerMs);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(answerOf(request, content)));
  };

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    onSent(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    pushThrough(through) {
      driver = through;
    },
    pushed: () => pushing ?? Promise.resolve(),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

function newEvent(
  number: number,
  {
    roomId,
    sender,
    type,
    content,
  }: { roomId: string; sender: string; type: string; content: Record<string, unknown> },
): PushedEvent {
  return {
    type,
    room_id: roomId,
    sender,
    user_id: sender,
    event_id: `$sent${String(number).padStart(39, "0")}`,
    origin_server_ts: Date.now(),
    age: 1,
    content,
    unsigned: { age: 1 },
  };
}
