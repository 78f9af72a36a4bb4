import { EventEmitter, once } from "node:events";

/** One message of a stream, as SSE and WebSocket both give it. */
export interface StreamMessage {
  readonly type: string;
  readonly id: string | undefined;
  readonly data: Record<string, unknown>;
}

/** Somebody who reads a stream and keeps what came. */
export interface StreamReader {
  readonly messages: StreamMessage[];
  /** Everything as it came over SSE. */
  readonly text: () => string;
  /** The id to go on with. */
  readonly lastId: () => string | undefined;
  /** The envelopes of the events. */
  readonly events: () => { event_id: string; type: string; payload: Record<string, unknown> }[];
  /** Waits until there is one that fits. */
  until(fits: (message: StreamMessage) => boolean, ms?: number): Promise<StreamMessage>;
  /** Settles when the other side has closed; on WebSockets with the code. */
  readonly closed: Promise<number>;
  close(): void;
}

export interface ReadOptions {
  readonly token: string;
  readonly query?: string;
  readonly lastEventId?: string | undefined;
}

class Reading extends EventEmitter {
  readonly messages: StreamMessage[] = [];
  text = "";
  lastId: string | undefined;

  take(message: StreamMessage): void {
    this.messages.push(message);
    if (message.id !== undefined) this.lastId = message.id;
    this.emit("message");
  }

  async until(fits: (message: StreamMessage) => boolean, ms = 60_000): Promise<StreamMessage> {
    const signal = AbortSignal.timeout(ms);
    for (;;) {
      const found = this.messages.find(fits);
      if (found !== undefined) return found;
      await once(this, "message", { signal }).catch(() => {
        throw new Error(`no such message among ${JSON.stringify(this.messages).slice(-2_000)}`);
      });
    }
  }
}

function readerOf(reading: Reading, closed: Promise<number>, close: () => void): StreamReader {
  return {
    messages: reading.messages,
    text: () => reading.text,
    lastId: () => reading.lastId,
    events: () => reading.messages.flatMap(({ type, data }) => (type === "event" ? [data as never] : [])),
    until: (fits, ms) => reading.until(fits, ms),
    closed,
    close,
  };
}

/** Reads server-sent events as the HTML standard says: blocks, fields, and an id that stays. */
export async function readSse(
  base: string,
  { token, query = "", lastEventId }: ReadOptions,
): Promise<StreamReader> {
  const abort = new AbortController();
  const response = await fetch(`${base}/v1/stream${query}`, {
    headers: {
      authorization: `Bearer ${token}`,
      ...(lastEventId !== undefined && { "last-event-id": lastEventId }),
    },
    signal: abort.signal,
  });
  if (response.status !== 200 || response.body === null)
    throw new Error(`${response.status} ${await response.text()}`);
  const reading = new Reading();
  const body = response.body;
  const closed = (async () => {
    const decoder = new TextDecoder();
    let rest = "";
    try {
      for await (const chunk of body) {
        const text = decoder.decode(chunk, { stream: true });
        reading.text += text;
        const blocks = (rest + text).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) takeBlock(reading, block);
      }
    } catch (error) {
      if (!abort.signal.aborted) reading.emit("cut", error);
    }
    return 0;
  })();
  return readerOf(reading, closed, () => abort.abort());
}

function takeBlock(reading: Reading, block: string): void {
  const fields = new Map(block.split("\n").map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
  const id = fields.get("id");
  if (id !== undefined) reading.lastId = id;
  const data = fields.get("data");
  if (data === undefined) return;
  reading.take({
    type: fields.get("event") ?? "event",
    id,
    data: JSON.parse(data) as Record<string, unknown>,
  });
}

/** Reads a WebSocket, with the key among the subprotocols as in a browser. */
export async function readSocket(
  base: string,
  { token, query = "", lastEventId }: ReadOptions,
): Promise<StreamReader> {
  const url = new URL(`${base.replace("http", "ws")}/v1/stream${query}`);
  if (lastEventId !== undefined) url.searchParams.set("lastEventId", lastEventId);
  const socket = new WebSocket(url, ["microdao.v1", `bearer.${token}`]);
  const reading = new Reading();
  socket.addEventListener("message", ({ data }) => {
    const { type, id, data: content } = JSON.parse(String(data)) as StreamMessage;
    reading.take({ type, id, data: content });
  });
  const closed = new Promise<number>((resolve) =>
    socket.addEventListener("close", ({ code }) => resolve(code)),
  );
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("the handshake was refused")));
  });
  return readerOf(reading, closed, () => socket.close());
}
