import { type Api, insist, openApi, sleep } from "./api.ts";
import { BridgeError, RunFailure, RunLost } from "./errors.ts";
import { openRun, type Run, type Trigger, type Words } from "./run.ts";
import { readTriggers } from "./trigger-source.ts";

export interface AgentOptions {
  /** As `http://127.0.0.1:9009`. */
  readonly bridgeUrl: string;
  /** The agent's key, `ak_…`. */
  readonly accessKey: string;
  /** Runs at a time; 4. The agent's own setting may allow fewer. */
  readonly concurrency?: number;
  /** For how long a run stays with a program that nothing is heard of, in milliseconds; 30 s. */
  readonly leaseMs?: number;
  /** What this program is called, for people who look. */
  readonly worker?: string;
  readonly fetch?: typeof fetch;
  /** Told what went wrong and is tried again, or was given up. */
  readonly onError?: (error: unknown) => void;
}

/** What a handler gives is the answer; nothing, when it has replied by itself. */
export type Handler = (run: Run) => Promise<Words | undefined> | Promise<void>;

export interface Listening {
  /** Takes nothing more, gives back what is not done, and settles when everything has ended. */
  stop(): Promise<void>;
  /** Settles when it has stopped; rejects when the key does not count any more. */
  readonly done: Promise<void>;
}

export interface Agent {
  readonly api: Api;
  /** Calls the handler for every run of the agent, each once, however many programs listen. */
  onTrigger(handler: Handler): Listening;
  /** Does one run that a webhook told of. */
  perform(trigger: Trigger, handler: Handler): Promise<void>;
}

/** When nothing was heard for so long, it is looked all the same. */
const lookMs = 15_000;

export function openAgent(options: AgentOptions): Agent {
  const api = openApi(options);
  const never = new AbortController().signal;
  return {
    api,
    onTrigger: (handler) => listen(api, options, handler),
    perform: (trigger, handler) => perform({ api, options, handler, stopping: never }, trigger),
  };
}

function listen(api: Api, options: AgentOptions, handler: Handler): Listening {
  const { concurrency = 4, leaseMs = 30_000, worker = `pid-${process.pid}`, onError } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const underWay = new Set<Promise<void>>();
  const state = { isLooking: false, again: false };

  const take = async () => {
    for (let free = concurrency; free > 0 && !signal.aborted; ) {
      free = concurrency - underWay.size;
      if (free <= 0) return;
      const { items } = await insist(signal, (abort) =>
        api.POST("/v1/runs/claim", { body: { limit: Math.min(free, 50), leaseMs, worker }, signal: abort }),
      );
      for (const trigger of items) begin(trigger);
      if (items.length === 0) return;
    }
  };
  const begin = (trigger: Trigger) => {
    const work = perform({ api, options, handler, stopping: signal }, trigger).finally(() => {
      underWay.delete(work);
      look();
    });
    underWay.add(work);
  };
  const fatal = Promise.withResolvers<never>();
  const look = () => {
    state.again = state.isLooking;
    if (state.isLooking || signal.aborted) return;
    state.isLooking = true;
    take()
      .catch((error: unknown) => {
        if (!signal.aborted) onError?.(error);
        if (error instanceof BridgeError && isFinal(error)) fatal.reject(error);
      })
      .finally(() => {
        state.isLooking = false;
        if (state.again) look();
      });
  };
  const run = async () => {
    const timer = setInterval(look, lookMs);
    look();
    try {
      await Promise.race([readTriggers({ ...options, signal, onNews: look }), fatal.promise]);
    } finally {
      stopping.abort(new RunLost("stopped"));
      clearInterval(timer);
      await Promise.all(underWay);
    }
  };
  const done = run();
  // Whoever does not wait for it is told by `onError`.
  done.catch(() => undefined);
  return {
    done,
    async stop() {
      stopping.abort(new RunLost("stopped"));
      await done;
    },
  };
}

function isFinal({ status }: BridgeError): boolean {
  return status === 401 || status === 403;
}

interface Performance {
  readonly api: Api;
  readonly options: AgentOptions;
  readonly handler: Handler;
  readonly stopping: AbortSignal;
}

/** One run from the claim to its end. What goes wrong is told to the bridge, or it learns of it when the lease ends. */
async function perform({ api, options, handler, stopping }: Performance, trigger: Trigger): Promise<void> {
  const { leaseMs = 30_000, onError } = options;
  const { runId, leaseToken } = trigger;
  const path = { runId };
  const lost = new AbortController();
  const over = new AbortController();
  const signal = AbortSignal.any([lost.signal, stopping]);
  const { run, end } = openRun(api, trigger, { signal, over: over.signal });
  const renewing = renew(api, { trigger, leaseMs, over: over.signal, lost });
  try {
    const words = await handler(run);
    if (words !== undefined) await run.reply(words);
    const messageId = (await end())?.id;
    await insist(signal, (abort) =>
      api.POST("/v1/runs/{runId}/complete", {
        params: { path },
        body: { leaseToken, ...(messageId !== undefined && { messageId }) },
        signal: abort,
      }),
    );
  } catch (error) {
    if (stopping.aborted)
      await api.POST("/v1/runs/{runId}/release", { params: { path }, body: { leaseToken } });
    else if (!isLost(error, lost.signal)) await reportFailure(api, trigger, error);
    if (!stopping.aborted) onError?.(error);
  } finally {
    over.abort();
    await renewing;
  }
}

function isLost(error: unknown, lost: AbortSignal): boolean {
  return lost.aborted || (error instanceof BridgeError && error.code === "lease_lost");
}

async function reportFailure(api: Api, { runId, leaseToken }: Trigger, error: unknown): Promise<void> {
  const told =
    error instanceof RunFailure ? { code: error.code, sentence: error.message, retry: error.retry } : {};
  // Should this not arrive, the lease ends and the run is tried again.
  await api
    .POST("/v1/runs/{runId}/fail", { params: { path: { runId } }, body: { leaseToken, ...told } })
    .catch(() => undefined);
}

interface Renewal {
  readonly trigger: Trigger;
  readonly leaseMs: number;
  /** Aborted when the run has ended. */
  readonly over: AbortSignal;
  /** To be aborted when the run is lost. */
  readonly lost: AbortController;
}

async function renew(api: Api, { trigger, leaseMs, over, lost }: Renewal): Promise<void> {
  const { runId, leaseToken } = trigger;
  for (let endsAt = Date.now() + leaseMs; ; ) {
    await sleep(leaseMs / 3, over);
    if (over.aborted || lost.signal.aborted) return;
    const answer = await api
      .POST("/v1/runs/{runId}/renew", {
        params: { path: { runId } },
        body: { leaseToken, leaseMs },
        signal: AbortSignal.any([over, AbortSignal.timeout(leaseMs)]),
      })
      .catch(() => undefined);
    if (answer?.response.ok === true) endsAt = Date.now() + leaseMs;
    if (Date.now() > endsAt || isRefusal(answer?.response.status)) lost.abort(new RunLost("lease_lost"));
  }
}

function isRefusal(status: number | undefined): boolean {
  return status === 404 || status === 409;
}
