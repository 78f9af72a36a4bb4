import { estimateTokenCount, sliceByTokens } from "tokenx";
import type { ModelMessage } from "../agents/index.ts";
import type { Talk, Utterance } from "./ports.ts";

export interface Framing {
  /** The Matrix id of the agent that answers. */
  readonly agent: string;
  /** What people are called, by Matrix id. */
  readonly names: ReadonlyMap<string, string>;
  /** For all of it, as estimates. */
  readonly tokens: number;
}

/** What a tag around a message costs. */
const tokensPerMessage = 24;
/** Of the limit, for the question alone. */
const questionShare = 0.6;

/**
 * A talk as a model is shown it: what the agent said itself as the assistant's, everything else as users' messages, each in
 * a tag with the name of who said it. The newest that fit are kept; what is left out is the oldest. Nobody can write such a
 * tag: angle brackets that would make one are replaced.
 */
export function frameTalk({ question, before }: Talk, framing: Framing): ModelMessage[] {
  const most = Math.floor(framing.tokens * questionShare);
  const asked = shortened(question.text, most);
  let left = framing.tokens - estimateTokenCount(asked) - tokensPerMessage;
  const kept: Utterance[] = [];
  for (const utterance of before.toReversed()) {
    left -= estimateTokenCount(utterance.text) + tokensPerMessage;
    if (left < 0) break;
    kept.unshift(utterance);
  }
  return [...kept, { ...question, text: asked }].map((utterance) => messageOf(utterance, framing));
}

function messageOf({ sender, text }: Utterance, { agent, names }: Framing): ModelMessage {
  if (sender === agent) return { role: "assistant", text };
  const name = asAttribute(names.get(sender) ?? sender);
  return {
    role: "user",
    text: `<message from="${name}" id="${asAttribute(sender)}">\n${untagged(text)}\n</message>`,
  };
}

function shortened(text: string, tokens: number): string {
  return estimateTokenCount(text) <= tokens ? text : `${sliceByTokens(text, 0, tokens)}…`;
}

/** Names are chosen by those who bear them. */
function asAttribute(text: string): string {
  return text.replaceAll(/[\p{C}"<>]/gu, " ").slice(0, 100);
}

/** The text without anything that looks like the tags around messages and results of tools. */
export function untagged(text: string): string {
  return text.replaceAll(/<(?=\s*\/?\s*(?:message|tool_result)\b)/gi, "‹");
}
