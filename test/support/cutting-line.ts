import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface CuttingLine {
  readonly url: string;
  /** While `isCut`, no request has any effect. */
  readonly state: { isCut: boolean };
  /** The next request whose path matches takes effect, and its answer is lost. */
  cutOnce(path: RegExp): void;
  /** How many of those cuts have not happened yet. */
  waiting(): number;
  /** Requests (`METHOD path`) that match, so far. */
  count(pattern: RegExp): number;
  close(): void;
}

/** Passes everything on to `target`, and on demand cuts connections. */
export async function startCuttingLine(target: string): Promise<CuttingLine> {
  const cuts: RegExp[] = [];
  const seen: string[] = [];
  const state = { isCut: false };
  const pass = (incoming: IncomingMessage, response: ServerResponse) => {
    const { method = "GET", url = "/", headers } = incoming;
    seen.push(`${method} ${url}`);
    const drop = () => response.socket?.destroy();
    if (state.isCut) return void drop();
    const upstream = httpRequest(target + url, { method, headers }, (answer) => {
      const cut = cuts.findIndex((path) => path.test(url));
      if (cut >= 0) {
        cuts.splice(cut, 1);
        answer.resume().on("end", drop);
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on("error", drop);
    incoming.pipe(upstream);
  };
  const server = createServer(pass).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state,
    cutOnce: (path) => void cuts.push(path),
    waiting: () => cuts.length,
    count: (pattern) => seen.filter((line) => pattern.test(line)).length,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
