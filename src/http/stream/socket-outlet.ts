import type { Duplex } from "node:stream";
import { type Ending, endFrame, type Frame, lastWordsMs, type Outlet } from "./outlet.ts";
import { createFrameReader, encodeFrame, opcodes } from "./socket-frames.ts";

/** Heartbeats that may stay without an answer before the connection counts as dead. */
const silentBeats = 3;

/** Why the connection is closed, for programs (RFC 6455 §7.4.1). */
const closeCodes: Readonly<Record<string, number>> = { shutting_down: 1001, slow_reader: 1013 };
const policyViolation = 1008;
const normalClosure = 1000;

/**
 * A stream on a WebSocket whose handshake is done. Every message is one JSON text: `type`, `data`, and `id` where a
 * reader can go on. What the client says is left, pings and the closing handshake excepted.
 */
export function openSocketOutlet(socket: Duplex, head: Buffer): Outlet {
  return new SocketOutlet(socket, head);
}

class SocketOutlet implements Outlet {
  readonly #socket: Duplex;
  readonly #readFrames = createFrameReader();
  readonly #listeners: (() => void)[] = [];
  #isClosed = false;
  #unansweredBeats = 0;

  constructor(socket: Duplex, head: Buffer) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("drain", () => this.#changed());
    socket.on("error", () => socket.destroy());
    socket.on("end", () => socket.destroy());
    socket.on("close", () => {
      this.#isClosed = true;
      this.#changed();
    });
    if (head.length > 0) this.#read(head);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isFull(): boolean {
    return this.#socket.writableNeedDrain;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  send(frame: Frame): void {
    if (this.#isClosed) return;
    if (frame.type === "heartbeat") this.#ping();
    // A ping says that the connection lives; there is more to say only with a position.
    if (frame.type !== "heartbeat" || frame.id !== undefined) this.#write(opcodes.text, textOf(frame));
  }

  end(ending: Ending): void {
    if (this.#isClosed) return;
    this.#write(opcodes.text, textOf(endFrame(ending)));
    this.#close(closeCodes[ending.code] ?? policyViolation, ending.code);
  }

  #ping(): void {
    this.#unansweredBeats += 1;
    if (this.#unansweredBeats > silentBeats) this.#socket.destroy();
    else this.#write(opcodes.ping, Buffer.alloc(0));
  }

  #read(chunk: Buffer): void {
    const { frames, fault } = this.#readFrames(chunk);
    for (const { opcode, payload } of frames) {
      // Whatever it is, somebody is there.
      this.#unansweredBeats = 0;
      if (opcode === opcodes.ping) this.#write(opcodes.pong, payload);
      if (opcode === opcodes.close) this.#close(normalClosure);
    }
    if (fault !== undefined) this.#close(fault.closeCode);
  }

  #write(opcode: number, payload: Buffer): void {
    if (!this.#isClosed && this.#socket.writable) this.#socket.write(encodeFrame(opcode, payload));
  }

  #close(code: number, reason = ""): void {
    const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
    payload.writeUInt16BE(code);
    payload.write(reason, 2);
    this.#write(opcodes.close, payload);
    this.#isClosed = true;
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), lastWordsMs).unref();
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function textOf({ type, id, data }: Frame): Buffer {
  const idPart = id === undefined ? "" : `"id":"${id}",`;
  return Buffer.from(`{"type":"${type}",${idPart}"data":${data}}`);
}
