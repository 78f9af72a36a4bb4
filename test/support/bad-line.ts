import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Random } from "../../bench/random.ts";

/**
 * What the line does to one exchange. `dropped`, `html` and `limited` keep the request from the server; the others let it
 * take effect and spoil the answer.
 */
const faults = ["dropped", "html", "limited", "limited", "cut", "cut-in-body", "not-json", "late"] as const;
type Fault = (typeof faults)[number];

export interface BadLine {
  readonly url: string;
  /** How often each fault has happened. */
  readonly met: ReadonlyMap<Fault, number>;
  /** From now on everything passes. */
  heal(): void;
  stop(): Promise<void>;
}

export interface BadLineOptions {
  readonly random: Random;
  /** One exchange in so many meets a fault. */
  readonly oneIn: number;
  /** Faults come alone, or a rate limit comes as a storm of so many refusals. */
  readonly storm?: number;
}

/** A line to a server that fails as networks, proxies and rate limits do. Which exchange fails follows from `random`. */
export async function startBadLine(target: string, options: BadLineOptions): Promise<BadLine> {
  const { random, oneIn, storm = 1 } = options;
  const met = new Map<Fault, number>();
  let healed = false;
  let stormLeft = 0;
  const draw = (): Fault | undefined => {
    if (healed) return undefined;
    if (stormLeft > 0) {
      stormLeft -= 1;
      return "limited";
    }
    const fault = random.below(oneIn) === 0 ? random.pick(faults) : undefined;
    if (fault === "limited") stormLeft = storm - 1;
    return fault;
  };
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const fault = draw();
    if (fault !== undefined) met.set(fault, (met.get(fault) ?? 0) + 1);
    if (fault === "dropped") response.socket?.destroy();
    else if (fault === "html")
      response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad Gateway</h1>");
    else if (fault === "limited") response.writeHead(429, json).end(tooFast);
    else answer(response, await forward(target, request, Buffer.concat(chunks)), fault);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    met,
    heal: () => void (healed = true),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const json = { "content-type": "application/json" };
const tooFast = JSON.stringify({ errcode: "M_LIMIT_EXCEEDED", error: "too fast", retry_after_ms: 20 });

async function forward(
  target: string,
  { method = "GET", url = "/", headers }: IncomingMessage,
  body: Buffer,
) {
  const reply = await fetch(target + url, {
    method,
    headers: {
      ...json,
      ...(headers.authorization !== undefined && { authorization: headers.authorization }),
    },
    ...(method !== "GET" && { body: new Uint8Array(body) }),
  });
  return { status: reply.status, text: await reply.text() };
}

function answer(
  response: ServerResponse,
  { status, text }: { status: number; text: string },
  fault?: Fault,
): void {
  const finish = () => response.writeHead(status, json).end(text);
  if (fault === "cut") response.socket?.destroy();
  else if (fault === "not-json") response.writeHead(200, json).end("<p>hello</p>");
  else if (fault === "late") setTimeout(finish, 150);
  else if (fault !== "cut-in-body") finish();
  else {
    response.writeHead(status, { ...json, "content-length": Buffer.byteLength(text) + 10 });
    response.write(text.slice(0, text.length / 2), () => response.socket?.destroy());
  }
}
