import { connect, type Socket } from "node:net";

export interface RawAnswer {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
  /** Whether the server ended the connection after it. */
  readonly closed: boolean;
}

/**
 * One HTTP exchange by hand: what is sent is sent as it is, so a body may be missing, broken off or endless. Waits for
 * the server's whole answer, at most `patienceMs`.
 */
export async function rawExchange(port: number, request: string, patienceMs = 60_000): Promise<RawAnswer> {
  const socket = connect(port, "127.0.0.1");
  try {
    socket.write(request);
    return await readAnswer(socket, patienceMs);
  } finally {
    socket.destroy();
  }
}

function readAnswer(socket: Socket, patienceMs: number): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let received = "";
    let timer = setTimeout(() => reject(new Error(`no answer in ${patienceMs} ms`)), patienceMs);
    const finish = (closed: boolean) => {
      clearTimeout(timer);
      const [head = "", body = ""] = received.split("\r\n\r\n", 2);
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0);
      resolve({ status, headers: head, body, closed });
    };
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      received += chunk;
      if (!isWhole(received)) return;
      clearTimeout(timer);
      // A connection that is to be closed is closed at once; one that is kept is silent.
      timer = setTimeout(() => finish(false), 200);
    });
    socket.on("close", () => finish(true));
    socket.on("error", () => finish(true));
  });
}

function isWhole(received: string): boolean {
  const end = received.indexOf("\r\n\r\n");
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1] ?? 0);
  return end !== -1 && Buffer.byteLength(received.slice(end + 4)) >= length;
}
