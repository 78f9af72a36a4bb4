import { createParser } from "eventsource-parser";
import { sleep } from "./api.ts";
import { BridgeError } from "./errors.ts";

export interface TriggerSource {
  readonly bridgeUrl: string;
  readonly accessKey: string;
  readonly fetch?: typeof fetch | undefined;
  readonly signal: AbortSignal;
  /** Something may wait to be claimed. */
  readonly onNews: () => void;
  readonly onError?: ((error: unknown) => void) | undefined;
}

const firstPauseMs = 250;
const longestPauseMs = 10_000;
/** The bridge says something every 15 seconds; a connection that is silent for longer is dead. */
const silenceMs = 40_000;

/**
 * Hears of runs until the signal is aborted, and connects again whenever the connection ends: the bridge tells then of all
 * that waits. Throws `BridgeError` when the key does not count any more.
 */
export async function readTriggers(source: TriggerSource): Promise<void> {
  const { signal, onError } = source;
  const state = { lastId: "", pauseMs: firstPauseMs };
  while (!signal.aborted) {
    await connect(source, state.lastId, (id) => {
      state.lastId = id ?? state.lastId;
      state.pauseMs = firstPauseMs;
      source.onNews();
    }).catch((error: unknown) => {
      if (error instanceof BridgeError && error.status < 429) throw error;
      // A connection that is ended by us, or that breaks when the bridge starts anew, is nothing special.
      if (!signal.aborted) onError?.(error);
    });
    await sleep(state.pauseMs * (0.75 + Math.random() / 2), signal);
    state.pauseMs = Math.min(state.pauseMs * 2, longestPauseMs);
  }
}

async function connect(
  { bridgeUrl, accessKey, fetch = globalThis.fetch, signal }: TriggerSource,
  lastId: string,
  onMessage: (id: string | undefined) => void,
): Promise<void> {
  const silent = new AbortController();
  const headers = { authorization: `Bearer ${accessKey}`, ...(lastId !== "" && { "last-event-id": lastId }) };
  const response = await fetch(`${bridgeUrl.replace(/\/+$/, "")}/v1/agents/me/triggers`, {
    headers: { ...headers, accept: "text/event-stream" },
    signal: AbortSignal.any([signal, silent.signal]),
  });
  if (!response.ok || response.body === null) {
    const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
    throw new BridgeError(response.status, problem.code ?? "unknown", problem.detail ?? "No stream.");
  }
  const parser = createParser({ onEvent: ({ id }) => onMessage(id) });
  const decoder = new TextDecoder();
  let timer = setTimeout(() => silent.abort(), silenceMs);
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      clearTimeout(timer);
      timer = setTimeout(() => silent.abort(), silenceMs);
      parser.feed(decoder.decode(chunk, { stream: true }));
    }
  } finally {
    clearTimeout(timer);
  }
}
