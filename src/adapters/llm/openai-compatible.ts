import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { estimateTokenCount } from "tokenx";
import type {
  FinishReason,
  LanguageModel,
  ModelPart,
  ModelPrices,
  ModelRequest,
} from "../../domain/agents/ports.ts";
import type { Clock } from "../../kernel/clock.ts";
import { boundedFetch } from "./bounded-fetch.ts";
import { faultOf } from "./fault-of.ts";
import { modelAway, modelSilenced } from "./model-errors.ts";
import { keepPatience, type Patience, usualPatience, type Watch } from "./patience.ts";
import { promptOf } from "./prompt-of.ts";

export interface OpenAiCompatible {
  /** Up to and with the version: `https://api.example.org/v1`. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  /** The provider's name of the model. */
  readonly model: string;
  readonly prices?: ModelPrices | undefined;
  readonly patience?: Patience | undefined;
  readonly clock: Clock;
}

/** Far more than any model says. */
const longestStream = 16 * 1024 * 1024;
const longestAnswer = 1_000_000;

type Provider = ReturnType<ReturnType<typeof createOpenAICompatible>["chatModel"]>;
type Streamed =
  Awaited<ReturnType<Provider["doStream"]>>["stream"] extends ReadableStream<infer Part> ? Part : never;

/**
 * A model behind the chat completions of OpenAI, whoever serves them. It is asked once: whoever asks decides about trying
 * again. An answer without an end was cut off and is an error, however good its beginning looks.
 */
export function openAiCompatible(options: OpenAiCompatible): LanguageModel {
  const { baseUrl, apiKey, model } = options;
  const provider = createOpenAICompatible({
    name: "model",
    baseURL: baseUrl,
    ...(apiKey !== undefined && { apiKey }),
    includeUsage: true,
    fetch: boundedFetch(longestStream),
  });
  return {
    name: model,
    writes: "markdown",
    prices: options.prices,
    stream: (request) => stream(provider.chatModel(model), options, request),
  };
}

async function* stream(
  provider: Provider,
  options: OpenAiCompatible,
  request: ModelRequest,
): AsyncGenerator<ModelPart> {
  request.signal.throwIfAborted();
  const watch = keepPatience(options.patience ?? usualPatience, request.signal);
  try {
    yield* parts(provider, request, watch);
  } catch (error) {
    request.signal.throwIfAborted();
    const words = wordsOf(request);
    throw faultOf(error, { ...options, apiKey: options.apiKey, words, now: options.clock.now() });
  } finally {
    watch.end();
  }
}

async function* parts(provider: Provider, request: ModelRequest, watch: Watch): AsyncGenerator<ModelPart> {
  const said = { text: "", calls: 0 };
  try {
    const { stream: answer } = await provider.doStream({
      ...promptOf(request),
      ...(request.maxOutputTokens !== undefined && { maxOutputTokens: request.maxOutputTokens }),
      ...(request.temperature !== undefined && { temperature: request.temperature }),
      abortSignal: watch.signal,
    });
    for await (const part of answer) {
      if (part.type !== "stream-start") watch.sign();
      const known = partOf(provider.modelId, part, request, said);
      if (known !== undefined) yield known;
      if (known?.type === "finish") return;
    }
  } catch (error) {
    const reason = watch.ranOut();
    throw reason === undefined ? error : modelAway({ ...nothing, model: provider.modelId, reason });
  }
}

/** All texts but the rules, which a provider may quote. */
function wordsOf({ messages }: ModelRequest): string[] {
  return messages.flatMap((message) => Object.values(message).map((value) => textOf(value)));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? "");
}

const nothing = { status: undefined, retryAfterMs: undefined };

/** What of a stream is of interest. Throws what the provider calls an error, and what makes an answer unusable. */
function partOf(
  model: string,
  part: Streamed,
  request: ModelRequest,
  said: { text: string; calls: number },
): ModelPart | undefined {
  if (part.type === "error") throw part.error;
  if (part.type === "tool-call") {
    said.calls += 1;
    return {
      type: "tool-call",
      callId: part.toolCallId,
      toolName: part.toolName,
      input: inputOf(part.input),
    };
  }
  if (part.type === "text-delta") {
    said.text += part.delta;
    if (said.text.length > longestAnswer) {
      throw modelAway({ ...nothing, model, reason: "it does not stop talking" });
    }
    return part.delta === "" ? undefined : { type: "text", delta: part.delta };
  }
  return part.type === "finish" ? finishOf(model, part, request, said) : undefined;
}

function finishOf(
  model: string,
  { finishReason: { unified }, usage: { inputTokens, outputTokens } }: Extract<Streamed, { type: "finish" }>,
  { system, messages }: ModelRequest,
  said: { readonly text: string; readonly calls: number },
): ModelPart {
  if (unified === "content-filter") throw modelSilenced({ ...nothing, model, reason: "content_filter" });
  return {
    type: "finish",
    reason: reasonOf(unified, said.calls),
    usage: {
      inputTokens: inputTokens.total ?? estimateTokenCount(JSON.stringify([system, messages])),
      outputTokens: outputTokens.total ?? estimateTokenCount(said.text),
    },
  };
}

/** Some servers say `stop` although they call tools. */
function reasonOf(unified: string, calls: number): FinishReason {
  if (calls > 0) return "tool-calls";
  return unified === "stop" || unified === "length" ? unified : "other";
}

function inputOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The model is told so when the input is checked.
    return undefined;
  }
}
