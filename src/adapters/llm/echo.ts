import type { LanguageModel } from "../../domain/agents/ports.ts";

const longestQuote = 200;
const userId = /@([a-z0-9._=/+-]+):[A-Za-z0-9.:[\]-]*[A-Za-z0-9\]]/g;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * The model that needs nothing: no network, no key, no cost. It repeats what it was asked and says how an agent gets to
 * give real answers.
 */
export const echoModel: LanguageModel = {
  name: "echo",
  answer: ({ text, agentName }) =>
    Promise.resolve({
      body: {
        text:
          `You asked: “${quote(text)}”\n\n` +
          `I am ${agentName} on the offline echo model, so all I can do is repeat it. For real answers, connect a model: ` +
          "a program that reads this channel and posts as me through the bridge's HTTP API, with my access key. " +
          "The bridge shows its API at /docs.",
      },
      usage: {},
    }),
};

/** One line, at most 200 characters; people are named, not called. */
function quote(text: string): string {
  const line = text.replace(userId, "$1").replace(/\s+/g, " ").trim();
  const characters = Array.from(graphemes.segment(line), ({ segment }) => segment);
  return characters.length <= longestQuote ? line : `${characters.slice(0, longestQuote - 1).join("")}…`;
}
