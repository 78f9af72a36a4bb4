import type { Frame } from "./frontend-frames.ts";

/**
 * Gives the named prepared statements of one connection names of their own. All connections share one database
 * session, and there two clients that prepare different statements under one name would meet.
 */
export class StatementNames {
  readonly #prefix: string;
  readonly #names = new Map<string, string>();
  #made = 0;

  constructor(connection: number) {
    this.#prefix = `c${connection}_`;
  }

  /** The frame with the statement's name exchanged; frames that name no statement are returned as they are. */
  rewrite(frame: Frame): Buffer {
    const { type, bytes } = frame;
    if (type === "P") return this.#exchange(bytes, 5);
    if (type === "B") return this.#exchange(bytes, bytes.indexOf(0, 5) + 1);
    if ((type === "D" || type === "C") && bytes[5] === 0x53) return this.#exchange(bytes, 6);
    return bytes;
  }

  /** Messages that forget every statement this connection prepared, for when it is gone. */
  closeAll(): Buffer {
    const closes = [...this.#names.values()].map((name) => {
      const body = Buffer.from(`S${name}\0`, "utf8");
      const head = Buffer.from("C\0\0\0\0", "latin1");
      head.writeInt32BE(body.length + 4, 1);
      return Buffer.concat([head, body]);
    });
    return closes.length === 0 ? Buffer.alloc(0) : Buffer.concat([...closes, sync]);
  }

  #exchange(bytes: Buffer, start: number): Buffer {
    const end = bytes.indexOf(0, start);
    if (end <= start) return bytes; // the unnamed statement, or no statement at all
    const name = this.#nameFor(bytes.toString("utf8", start, end));
    const changed = Buffer.concat([bytes.subarray(0, start), Buffer.from(name, "utf8"), bytes.subarray(end)]);
    changed.writeInt32BE(changed.length - 1, 1);
    return changed;
  }

  #nameFor(clientName: string): string {
    let name = this.#names.get(clientName);
    if (name === undefined) {
      this.#made += 1;
      name = `${this.#prefix}${this.#made}`;
      this.#names.set(clientName, name);
    }
    return name;
  }
}

const sync = Buffer.from([0x53, 0, 0, 0, 4]);
