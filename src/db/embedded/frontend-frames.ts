/**
 * Cuts what a client sends into messages of the PostgreSQL wire protocol.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */

/** The requests a client may send before its first typed message. */
export type Opening =
  | { kind: "startup"; bytes: Buffer }
  | { kind: "encryption"; bytes: Buffer }
  | { kind: "cancel"; bytes: Buffer };

const protocol3 = 196_608;
const sslRequest = 80_877_103;
const gssRequest = 80_877_104;
const cancelRequest = 80_877_102;
const longestOpening = 10_000;
/** PostgreSQL's own limit for one message is 1 GiB; half of it leaves room for the copy inside WebAssembly. */
const longestFrame = 512 * 1024 * 1024;

/** One typed message: the letter it begins with, and all of its bytes. */
export interface Frame {
  type: string;
  bytes: Buffer;
}

/** Bytes from a socket, taken off in whole messages. Chunks are joined only when a message is complete. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The opening request, undefined while it is incomplete, "unknown" when it is none that PostgreSQL has. */
  takeOpening(): Opening | "unknown" | undefined {
    if (this.#length < 8) return undefined;
    const head = this.#peek(8);
    const length = head.readInt32BE(0);
    const code = head.readInt32BE(4);
    if (length < 8 || length > longestOpening) return "unknown";
    if (this.#length < length) return undefined;
    const bytes = this.#take(length);
    if (code === sslRequest || code === gssRequest) return { kind: "encryption", bytes };
    if (code === cancelRequest) return { kind: "cancel", bytes };
    return code >> 16 === protocol3 >> 16 ? { kind: "startup", bytes } : "unknown";
  }

  /** The next whole message, undefined while it is incomplete, "unknown" when its length cannot be one. */
  takeFrame(): Frame | "unknown" | undefined {
    if (this.#length < 5) return undefined;
    const head = this.#peek(5);
    const length = 1 + head.readInt32BE(1);
    if (length < 5 || length > longestFrame) return "unknown";
    if (this.#length < length) return undefined;
    return { type: String.fromCharCode(head[0] ?? 0), bytes: this.#take(length) };
  }

  #peek(length: number): Buffer {
    const first = this.#chunks[0];
    if (first !== undefined && first.length >= length) return first;
    this.#join();
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  #take(length: number): Buffer {
    this.#join();
    const all = this.#chunks[0] ?? Buffer.alloc(0);
    this.#chunks = all.length > length ? [all.subarray(length)] : [];
    this.#length -= length;
    return all.subarray(0, length);
  }

  #join(): void {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks, this.#length)];
  }
}

/** The parameters of a startup request: `user`, `database`, settings. */
export function startupParameters(bytes: Buffer): Map<string, string> {
  const words = bytes.toString("utf8", 8).split("\0");
  const parameters = new Map<string, string>();
  for (let i = 0; i + 1 < words.length; i += 2) {
    const name = words[i];
    if (name) parameters.set(name, words[i + 1] ?? "");
  }
  return parameters;
}
