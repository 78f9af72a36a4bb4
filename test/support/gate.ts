import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Passes TCP connections on to a port of this machine as long as it is open: what lies behind can be away at will. */
export class Gate {
  readonly #sockets = new Set<Socket>();
  readonly #target: number;
  readonly #drop: () => Promise<void>;
  #server: Server | undefined;
  #port = 0;
  #isFrozen = false;

  constructor(target: number, drop: () => Promise<void>) {
    this.#target = target;
    this.#drop = drop;
  }

  open(): Promise<number> {
    this.#isFrozen = false;
    const server = createServer({ noDelay: true }, (near) => this.#join(near));
    this.#server = server;
    return new Promise((resolve) => {
      server.listen(this.#port, "127.0.0.1", () => {
        this.#port = (server.address() as AddressInfo).port;
        resolve(this.#port);
      });
    });
  }

  /** Ends every connection and refuses new ones. */
  shut(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  /** Keeps every connection and passes nothing on any more. */
  freeze(): void {
    this.#isFrozen = true;
  }

  async dispose(): Promise<void> {
    this.shut();
    await this.#drop();
  }

  #join(near: Socket): void {
    const far = connect({ port: this.#target, host: "127.0.0.1", noDelay: true });
    const pass = (to: Socket) => (chunk: Buffer) => {
      if (!this.#isFrozen) to.write(chunk);
    };
    near.on("data", pass(far));
    far.on("data", pass(near));
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => other.destroy());
    }
  }
}
