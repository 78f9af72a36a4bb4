import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request that came in. */
export interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

export type Behaviour = (response: ServerResponse, received: Received) => void;

/** An endpoint for webhooks that does as it is told. */
export interface WebhookEndpoint {
  readonly url: string;
  readonly received: Received[];
  /** What it does with the next requests; the last one stays. */
  behave(...steps: readonly Behaviour[]): void;
  close(): Promise<void>;
}

export const answering =
  (status: number, body = "", headers: Record<string, string> = {}): Behaviour =>
  (response) =>
    void response.writeHead(status, headers).end(body);

export async function startEndpoint(port = 0): Promise<WebhookEndpoint> {
  const received: Received[] = [];
  let steps: Behaviour[] = [answering(204)];
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
    const one = { headers: request.headers as Record<string, string>, body };
    received.push(one);
    const step = steps.length > 1 ? steps.shift() : steps[0];
    step?.(response, one);
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    behave: (...next) => void (steps = [...next]),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
