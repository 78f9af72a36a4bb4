import type { Tx } from "../../db/index.ts";
import type { ClaimedRun, RunUsage } from "./run-types.ts";

/** A language model, whoever runs it. */
export interface LanguageModel {
  /** What runs are labelled with. */
  readonly name: string;
  /** What its text is to be read as. */
  readonly writes: "text" | "markdown";
  /** US dollars for a million tokens; left out where nothing is paid or nobody knows. */
  readonly prices?: ModelPrices | undefined;
  /**
   * Thinks and says it bit by bit: texts and tool calls, then one `finish`, and nothing after it. Throws an error of kind
   * `unavailable` when it is worth asking again later, and any other error when it is not; when the signal is aborted, its
   * reason or an error that says so.
   */
  stream(request: ModelRequest): AsyncIterable<ModelPart>;
}

export interface ModelPrices {
  readonly input: number;
  readonly output: number;
}

export interface ModelRequest {
  /** Rules, which no user ever writes. */
  readonly system: string;
  /** Oldest first. The last is what is to be answered, or the results of tools that the model called. */
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolSpec[];
  readonly maxOutputTokens?: number | undefined;
  readonly temperature?: number | undefined;
  /** What was asked, unadorned. */
  readonly question: Question;
  readonly signal: AbortSignal;
}

export interface Question {
  /** What was asked, as plain text. */
  readonly text: string;
  /** The name of the agent that is asked. */
  readonly agentName: string;
}

export type ModelMessage =
  | { readonly role: "user"; readonly text: string }
  | { readonly role: "assistant"; readonly text: string; readonly calls?: readonly ToolCall[] }
  | { readonly role: "tool"; readonly results: readonly ToolResult[] };

/** A tool as a model is told of it. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

export interface ToolCall {
  /** The model's name for this call; its result is given under the same. */
  readonly callId: string;
  readonly toolName: string;
  /** Whatever the model wrote: not checked against the schema, and undefined when it was no JSON. */
  readonly input: unknown;
}

export interface ToolResult {
  readonly callId: string;
  readonly toolName: string;
  readonly result: string;
}

export type ModelPart =
  | { readonly type: "text"; readonly delta: string }
  | ({ readonly type: "tool-call" } & ToolCall)
  | { readonly type: "finish"; readonly reason: FinishReason; readonly usage: ModelUsage };

/** `length`: it had more to say than it was allowed to. */
export type FinishReason = "stop" | "length" | "tool-calls" | "other";

/** Tokens, as the provider counts them; estimates where it does not. */
export interface ModelUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What does runs of agents. */
export interface AgentRuntime {
  /**
   * Does one run. `signal` is aborted when the run is cancelled, when its lease was lost or when the process stops: then
   * nothing it gives is taken. What it throws is a failure: of kind `unavailable`, to be tried again later; any other, for
   * good. It never writes `agent_runs` itself.
   */
  run(run: ClaimedRun, signal: AbortSignal): Promise<RunOutcome>;
}

/** What became of a run, to be written down by whoever started it. */
export type RunOutcome =
  | {
      readonly is: "completed";
      readonly usage: RunUsage;
      /** What came out, by ids; no words. */
      readonly output?: Readonly<Record<string, unknown>>;
      readonly say?: Say;
    }
  | {
      readonly is: "failed";
      readonly code: string;
      /** For people, as the room is told. */
      readonly sentence: string;
      /** Whether it is worth trying again. */
      readonly retry: boolean;
      /** Not sooner than after so many milliseconds. */
      readonly retryAfterMs?: number | undefined;
      readonly say?: Say;
    }
  /** Nobody holds it any more until somebody says that it goes on (`resumeRun`), or until this moment. */
  | { readonly is: "waiting"; readonly until: Date }
  /** The run ends without a word: what was asked is gone. */
  | { readonly is: "withdrawn"; readonly code: string };

/**
 * Says what came out, in the transaction that ends the run and only if the run is still held; gives the uuid of the
 * message with the answer.
 */
export type Say = (tx: Tx) => Promise<{ readonly messageId: string } | undefined>;

/**
 * Reads what was asked, as plain text, from where it is kept; undefined when it was withdrawn or cannot be seen any more.
 * Throws an error of kind `unavailable` when it is worth asking again later.
 */
export type ReadQuestion = (asked: {
  readonly roomId: string;
  readonly eventId: string;
}) => Promise<string | undefined>;

/**
 * Shows in a room that an agent is about to say something, until the function it gives is called. Never throws: it is
 * best effort, and nothing waits for it.
 */
export type ShowTyping = (typing: { readonly roomId: string; readonly matrixId: string }) => () => void;
