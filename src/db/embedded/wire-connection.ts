import { timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import { backendFrame, fatalError, passwordRequest } from "./backend-frames.ts";
import { type Frame, FrameReader, startupParameters } from "./frontend-frames.ts";
import { StatementNames } from "./statement-names.ts";

/** What a connection needs from the server it belongs to. */
export interface ConnectionHost {
  password: string;
  /** What the database said to the one real startup: parameters, key and ReadyForQuery. */
  greeting: Buffer;
  /** Called when the connection has a whole request that the database may run. */
  ready(connection: WireConnection): void;
  gone(connection: WireConnection): void;
}

/** Messages after which PostgreSQL answers at once: Query, Sync, Flush, FunctionCall, CopyDone, CopyFail. */
const endsRequest = new Set(["Q", "S", "H", "F", "c", "f"]);

/**
 * One client. It collects messages until a request is whole, so that the database never sees half of one: a client
 * that dies between Parse and Sync leaves nothing behind, and no other client's message can come between.
 *
 * States: opening (no startup seen) → password (asked for it) → open → closed.
 */
export class WireConnection {
  readonly statements: StatementNames;
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  readonly #reader = new FrameReader();
  #state: "opening" | "password" | "open" | "closed" = "opening";
  #gathered: Buffer[] = [];
  #requests: Buffer[] = [];

  constructor(number: number, socket: Socket, host: ConnectionHost) {
    this.statements = new StatementNames(number);
    this.#socket = socket;
    this.#host = host;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", () => this.close());
    socket.on("close", () => this.close());
  }

  get hasRequest(): boolean {
    return this.#requests.length > 0;
  }

  hasEnded(): boolean {
    return this.#state === "closed";
  }

  takeRequest(): Buffer | undefined {
    return this.#requests.shift();
  }

  answer(bytes: Buffer): void {
    if (this.#state !== "closed" && bytes.length > 0) this.#socket.write(bytes);
  }

  /** Ends the connection with an error the client can show. */
  refuse(code: string, message: string): void {
    if (this.#state === "closed") return;
    this.#socket.end(fatalError(code, message));
    this.close();
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#requests = [];
    this.#socket.destroySoon();
    this.#host.gone(this);
  }

  #receive(chunk: Buffer): void {
    this.#reader.push(chunk);
    while (this.#state === "opening" && this.#open());
    for (let frame = this.#nextFrame(); frame !== undefined; frame = this.#nextFrame()) {
      if (this.#state === "password") this.#checkPassword(frame);
      else this.#gather(frame);
    }
  }

  #nextFrame(): Frame | undefined {
    if (this.#state === "opening" || this.#state === "closed") return undefined;
    const frame = this.#reader.takeFrame();
    if (frame !== "unknown") return frame;
    this.refuse("08P01", "a message of this length cannot be");
    return undefined;
  }

  /** Handles one opening request; false when there is none to handle. */
  #open(): boolean {
    const opening = this.#reader.takeOpening();
    if (opening === undefined) return false;
    if (opening === "unknown") {
      this.refuse("08P01", "this is not a PostgreSQL client, or one of an unknown protocol version");
    } else if (opening.kind === "encryption") {
      this.answer(Buffer.from("N"));
    } else if (opening.kind === "cancel") {
      // A query inside WebAssembly cannot be interrupted. PostgreSQL itself answers a cancel request with silence.
      this.close();
    } else {
      this.#start(opening.bytes);
    }
    return true;
  }

  #start(bytes: Buffer): void {
    const parameters = startupParameters(bytes);
    const database = parameters.get("database") ?? parameters.get("user");
    if (database === "postgres") {
      this.#state = "password";
      this.answer(passwordRequest);
    } else {
      this.refuse(
        "3D000",
        `database "${database}" does not exist: the embedded database has one, named postgres`,
      );
    }
  }

  #checkPassword(frame: Frame): void {
    const given = frame.bytes.subarray(5, -1);
    const wanted = Buffer.from(this.#host.password, "utf8");
    if (frame.type !== "p" || given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
      this.refuse("28P01", 'password authentication failed for user "postgres"');
      return;
    }
    this.#state = "open";
    this.answer(Buffer.concat([backendFrame("R", Buffer.from([0, 0, 0, 0])), this.#host.greeting]));
  }

  #gather(frame: Frame): void {
    if (frame.type === "X") {
      this.close();
      return;
    }
    this.#gathered.push(this.statements.rewrite(frame));
    if (!endsRequest.has(frame.type)) return;
    this.#requests.push(
      this.#gathered.length === 1 ? (this.#gathered[0] ?? frame.bytes) : Buffer.concat(this.#gathered),
    );
    this.#gathered = [];
    this.#host.ready(this);
  }
}
