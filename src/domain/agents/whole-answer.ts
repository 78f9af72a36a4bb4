import type { MessageBody } from "../messaging/index.ts";
import type { LanguageModel, ModelUsage, Question } from "./ports.ts";

export interface WholeAnswer {
  readonly body: MessageBody;
  readonly usage: ModelUsage;
}

/** What a model says to one question, when it has said all of it. Throws what the model throws. */
export async function wholeAnswer(model: LanguageModel, question: Question): Promise<WholeAnswer> {
  let text = "";
  let usage: ModelUsage = { inputTokens: 0, outputTokens: 0 };
  const parts = model.stream({
    system: `You are ${question.agentName}.`,
    messages: [{ role: "user", text: question.text }],
    tools: [],
    question,
    signal: new AbortController().signal,
  });
  for await (const part of parts) {
    if (part.type === "text") text += part.delta;
    if (part.type === "finish") usage = part.usage;
  }
  return { body: model.writes === "text" ? { text } : { markdown: text }, usage };
}
