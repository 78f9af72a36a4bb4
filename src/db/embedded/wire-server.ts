import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { transactionStatus } from "./backend-frames.ts";
import { type ConnectionHost, WireConnection } from "./wire-connection.ts";

/** The one database session behind all connections: bytes of the wire protocol in, bytes out. */
export type RunProtocol = (request: Buffer) => Promise<Buffer>;

export interface WireServerOptions {
  run: RunProtocol;
  greeting: Buffer;
  password: string;
  /** 0 takes a free one. */
  port: number;
  maxConnections: number;
  /** How long a client may sit in an open transaction without a word while others wait, milliseconds. */
  idleInTransactionMs: number;
  /** Called when the session threw and can serve nobody any more. */
  broken(error: unknown): void;
}

/**
 * Lets many clients use one database session.
 *
 * `@electric-sql/pglite-socket` hands single protocol messages to the session in order of arrival and looks only at
 * whether a transaction is open. Ten clients that sent parameters of 4 MB through it got 45 of 50 answers that
 * belonged to another client (a Parse of one came between the Parse and the Bind of another), and two clients that
 * prepared a statement under one name got an error. So the rule here is stricter: the session belongs to one
 * connection from the first message of a request until the database says it is idle (ReadyForQuery "I"); all others
 * wait, in the order in which their requests became whole. An open transaction therefore excludes everybody else,
 * which is what serialisable means with one session.
 *
 * Shared by all connections, because there is one session: settings made by SET, temporary tables, advisory locks
 * (which never exclude), LISTEN. Code that must run here uses SET LOCAL and does not depend on NOTIFY.
 */
export class WireServer {
  readonly #options: WireServerOptions;
  readonly #server: Server;
  readonly #host: ConnectionHost;
  readonly #connections = new Set<WireConnection>();
  readonly #waiting: WireConnection[] = [];
  /** Requests of our own, run when the session belongs to nobody. */
  readonly #chores: Buffer[] = [];
  #owner: WireConnection | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #numbered = 0;
  #running = false;

  constructor(options: WireServerOptions) {
    this.#options = options;
    this.#host = {
      password: options.password,
      greeting: options.greeting,
      ready: (connection) => this.#enqueue(connection),
      gone: (connection) => this.#forget(connection),
    };
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Starts listening on 127.0.0.1; returns the port. */
  async listen(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#options.port, "127.0.0.1", () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Runs SQL of the server's own once the session belongs to nobody. */
  runBetween(sql: string): void {
    this.#chores.push(query(sql));
    this.#serve();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections)
      connection.refuse("57P01", "the embedded database is shutting down");
    await closed;
  }

  #accept(socket: Socket): void {
    this.#numbered += 1;
    const connection = new WireConnection(this.#numbered, socket, this.#host);
    this.#connections.add(connection);
    if (this.#connections.size > this.#options.maxConnections) {
      connection.refuse(
        "53300",
        `the embedded database serves ${this.#options.maxConnections} connections at most`,
      );
    }
  }

  #enqueue(connection: WireConnection): void {
    if (connection !== this.#owner && !this.#waiting.includes(connection)) this.#waiting.push(connection);
    this.#serve();
  }

  /** Runs requests until the owner of the session has to be waited for, or nobody wants it. */
  #serve(): void {
    if (this.#running) return;
    this.#running = true;
    clearTimeout(this.#idleTimer);
    void this.#work().then(
      () => {
        this.#running = false;
        this.#watchIdleOwner();
      },
      // The session itself broke (out of memory, a trap in WebAssembly): there is nothing left to serve with.
      (error: unknown) => this.#options.broken(error),
    );
  }

  async #work(): Promise<void> {
    for (;;) {
      if (this.#owner?.hasEnded()) {
        await this.#options.run(rollback);
        this.#owner = undefined;
      } else if (this.#owner === undefined && this.#chores.length > 0) {
        await this.#options.run(this.#chores.shift() ?? rollback);
      } else {
        const next = this.#next();
        if (next === undefined) return;
        await this.#runOne(next);
      }
    }
  }

  #next(): WireConnection | undefined {
    if (this.#owner !== undefined) return this.#owner.hasRequest ? this.#owner : undefined;
    return this.#waiting.shift();
  }

  async #runOne(connection: WireConnection): Promise<void> {
    const request = connection.takeRequest();
    if (request === undefined) return;
    const answer = await this.#options.run(request);
    this.#owner = transactionStatus(answer) === "I" ? undefined : connection;
    if (this.#owner === undefined && connection.hasRequest) this.#waiting.push(connection);
    connection.answer(answer);
  }

  #watchIdleOwner(): void {
    const owner = this.#owner;
    if (owner === undefined || this.#waiting.length === 0) return;
    this.#idleTimer = setTimeout(() => {
      const seconds = Math.round(this.#options.idleInTransactionMs / 1000);
      owner.refuse("25P03", `rolled back: the transaction was idle for ${seconds} s while others waited`);
    }, this.#options.idleInTransactionMs);
  }

  /** A client is gone: what it left open is rolled back, what it prepared is forgotten, then the others go on. */
  #forget(connection: WireConnection): void {
    if (!this.#connections.delete(connection)) return;
    const place = this.#waiting.indexOf(connection);
    if (place >= 0) this.#waiting.splice(place, 1);
    const closes = connection.statements.closeAll();
    if (closes.length > 0) this.#chores.push(closes);
    this.#serve();
  }
}

/** Sync first: after a Flush the session may be waiting for it and would ignore everything else. */
const rollback = Buffer.concat([Buffer.from([0x53, 0, 0, 0, 4]), query("ROLLBACK")]);

/** A simple query message. */
export function query(sql: string): Buffer {
  const body = Buffer.from(`${sql}\0`, "utf8");
  const head = Buffer.from("Q\0\0\0\0", "latin1");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
