import type { LanguageModel, ModelPart, ModelRequest } from "../../domain/agents/ports.ts";

const longestQuote = 200;
const userId = /@([a-z0-9._=/+-]+):[A-Za-z0-9.:[\]-]*[A-Za-z0-9\]]/g;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * The model that needs nothing: no network, no key, no cost. It repeats what it was asked and says how an agent gets to
 * give real answers.
 */
export const echoModel: LanguageModel = {
  name: "echo",
  writes: "text",
  stream: echo,
};

// eslint-disable-next-line @typescript-eslint/require-await -- nothing is waited for, and the port is asynchronous
async function* echo({ question: { text, agentName }, signal }: ModelRequest): AsyncGenerator<ModelPart> {
  const explanation =
    `I am ${agentName} on the offline echo model, so all I can do is repeat it. For real answers, connect a model: ` +
    "set LLM_BASE_URL and LLM_MODEL, or write a program that reads this channel and posts as me through the bridge's " +
    "HTTP API, with my access key. The bridge shows its API at /docs.";
  for (const delta of [`You asked: “${quote(text)}”\n\n`, explanation]) {
    signal.throwIfAborted();
    yield { type: "text", delta };
  }
  yield { type: "finish", reason: "stop", usage: { inputTokens: 0, outputTokens: 0 } };
}

/** One line, at most 200 characters; people are named, not called. */
function quote(text: string): string {
  const line = text.replace(userId, "$1").replace(/\s+/g, " ").trim();
  const characters = Array.from(graphemes.segment(line), ({ segment }) => segment);
  return characters.length <= longestQuote ? line : `${characters.slice(0, longestQuote - 1).join("")}…`;
}
