import { Agent, request } from "node:http";
import { declareError } from "../src/kernel/errors.ts";
import type { PushedEvent } from "./generator.ts";

/** Plays the homeserver towards one program. */
export interface Driver {
  /**
   * Pushes the transactions as Synapse does: in order, one in flight, over one kept-alive connection, token in the
   * `Authorization` header. Returns the milliseconds from sending each to having read its answer.
   */
  push(transactions: readonly Buffer[]): Promise<number[]>;
  close(): void;
}

const notAcknowledged = declareError<{ status: number; body: string }>(
  "not_acknowledged",
  "bug",
  ({ status, body }) => `the program answered a transaction with ${status}: ${body}`,
);

/** Bodies of transactions of `size` events each, made before any clock runs. */
export function encodeTransactions(events: readonly PushedEvent[], size: number): Buffer[] {
  return Array.from({ length: Math.ceil(events.length / size) }, (_, index) =>
    Buffer.from(JSON.stringify({ events: events.slice(index * size, (index + 1) * size) })),
  );
}

/** A driver for the program at `baseUrl` that expects `hsToken`. Transaction ids count up from 1. */
export function createDriver(baseUrl: string, hsToken: string): Driver {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let txnId = 0;
  const push = async (transactions: readonly Buffer[]): Promise<number[]> => {
    const latencies: number[] = [];
    for (const body of transactions) {
      const startedAt = performance.now();
      txnId += 1;
      await put({ agent, hsToken, url: `${baseUrl}/_matrix/app/v1/transactions/${txnId}`, body });
      latencies.push(performance.now() - startedAt);
    }
    return latencies;
  };
  return { push, close: () => agent.destroy() };
}

function put(call: { agent: Agent; hsToken: string; url: string; body: Buffer }): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      call.url,
      {
        method: "PUT",
        agent: call.agent,
        headers: {
          authorization: `Bearer ${call.hsToken}`,
          "content-type": "application/json",
          "content-length": call.body.length,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const body = Buffer.concat(chunks).toString().slice(0, 500);
          if (response.statusCode === 200) resolve();
          else reject(notAcknowledged({ status: response.statusCode ?? 0, body }));
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(call.body);
  });
}
