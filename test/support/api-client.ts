import type { InstalledBridge } from "./bridge-process.ts";

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export type ApiCall = (
  method: string,
  path: string,
  body?: object,
  headers?: Record<string, string>,
) => Promise<ApiAnswer>;

/** Calls the API of a running bridge with one access key. */
export function apiClient(
  { installed }: { readonly installed: Pick<InstalledBridge, "url"> },
  token: string,
): ApiCall {
  return async (method, path, body, headers = {}) => {
    const reply = await fetch(`${installed.url}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    return {
      status: reply.status,
      headers: reply.headers,
      body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  };
}
