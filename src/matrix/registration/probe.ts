import { messageOf } from "../../kernel/errors.ts";

/** What came back: an answer of any status, or the reason why there was none. */
export type Answer =
  | {
      readonly reached: true;
      readonly status: number;
      /** Empty when what came is no JSON object. */
      readonly body: Readonly<Record<string, unknown>>;
      /** The header that names the program: `Synapse/1.163.0`, or that of a proxy. */
      readonly server: string | undefined;
    }
  | { readonly reached: false; readonly why: string };

/** Asks the homeserver single questions and never throws: what went wrong is an answer, too. */
export interface Probe {
  get(path: string, token?: string): Promise<Answer>;
  post(path: string, body: object, token: string): Promise<Answer>;
}

/** The homeserver itself waits up to 60 s for the bridge when it is asked to ping it. */
const pingTimeoutMs = 65_000;
const timeoutMs = 10_000;

/** Opens a probe for the homeserver at `homeserverUrl`. Redirects are not followed: a token would travel along. */
export function openProbe(homeserverUrl: string): Probe {
  return {
    get: (path, token) => ask(`${homeserverUrl}${path}`, { headers: authorization(token) }, timeoutMs),
    post: (path, body, token) =>
      ask(
        `${homeserverUrl}${path}`,
        {
          method: "POST",
          headers: { ...authorization(token), "content-type": "application/json" },
          body: JSON.stringify(body),
        },
        pingTimeoutMs,
      ),
  };
}

function authorization(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

async function ask(url: string, init: RequestInit, limitMs: number): Promise<Answer> {
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(limitMs) });
    const server = response.headers.get("server") ?? undefined;
    return { reached: true, status: response.status, body: await readBody(response), server };
  } catch (error) {
    return { reached: false, why: reasonOf(error, limitMs) };
  }
}

async function readBody(response: Response): Promise<Record<string, unknown>> {
  const text = await response.text();
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null && !Array.isArray(body) ? { ...body } : {};
  } catch {
    return {};
  }
}

function reasonOf(error: unknown, limitMs: number): string {
  if (error instanceof Error && error.name === "TimeoutError") return `no answer within ${limitMs / 1000} s`;
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error)
    return "code" in cause ? `${String(cause.code)} ${cause.message}` : cause.message;
  return messageOf(error);
}
