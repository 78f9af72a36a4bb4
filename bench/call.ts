import { type Agent, request } from "node:http";
import { declareError } from "../src/kernel/errors.ts";

/** One exchange: what is asked, and over which connections. */
export interface Call {
  readonly agent: Agent;
  readonly method: "GET" | "PUT" | "POST";
  readonly url: string;
  readonly token: string;
  readonly body?: unknown;
}

const refused = declareError<{ url: string; status: number; body: string }>(
  "refused",
  "bug",
  ({ url, status, body }) => `${url} was answered with ${status}: ${body}`,
);

/** Sends it and gives the parsed JSON of a 2xx answer, as cheaply as Node can. */
export function call<T>({ agent, method, url, token, body }: Call): Promise<T> {
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(bytes && { "content-type": "application/json", "content-length": bytes.length }),
    };
    const outgoing = request(url, { method, agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) resolve(JSON.parse(text) as T);
        else reject(refused({ url, status, body: text.slice(0, 500) }));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(bytes);
  });
}
