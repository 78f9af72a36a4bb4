import type {
  AgentRuntime,
  ClaimedRun,
  LanguageModel,
  ModelUsage,
  Question,
  ReadQuestion,
  RunOutcome,
  ShowTyping,
} from "../../src/domain/agents/index.ts";
import { type MessageBody, postMessage } from "../../src/domain/messaging/index.ts";

interface AskModelDeps {
  readonly model: LanguageModel;
  readonly readQuestion: ReadQuestion;
  readonly showTyping: ShowTyping;
}

/** The runtime that asks a model once and posts its answer as one message, in reply to what was asked. */
export function askModel({ model, readQuestion, showTyping }: AskModelDeps): AgentRuntime {
  return {
    async run(run) {
      const stopTyping = showTyping({ roomId: run.roomId, matrixId: run.agentMatrixId });
      try {
        const text = await questionOf(run, readQuestion);
        if (text === undefined) return { is: "withdrawn", code: "question_withdrawn" };
        return answered(run, await wholeAnswer(model, { text, agentName: run.agentName }));
      } finally {
        stopTyping();
      }
    },
  };
}

function questionOf(run: ClaimedRun, readQuestion: ReadQuestion): Promise<string | undefined> {
  const { eventId } = run.trigger;
  if (eventId === null) return Promise.resolve(run.prompt ?? undefined);
  return readQuestion({ roomId: run.roomId, eventId });
}

function answered(run: ClaimedRun, { body, usage }: WholeAnswer): RunOutcome {
  const { runId, causationId, hop, channelId, agentId, trigger } = run;
  return {
    is: "completed",
    usage,
    async say(tx) {
      const posted = await postMessage(tx, {
        channelId,
        agentId,
        body,
        ...(trigger.eventId !== null && { replyTo: { eventId: trigger.eventId } }),
        idempotency: { scope: `agent:${agentId}`, key: `run:${runId}` },
        cause: { runId, causationId, hop },
      });
      return { messageId: posted.sendId };
    },
  };
}

interface WholeAnswer {
  readonly body: MessageBody;
  readonly usage: ModelUsage;
}

/** What a model says to one question, when it has said all of it. Throws what the model throws. */
async function wholeAnswer(model: LanguageModel, question: Question): Promise<WholeAnswer> {
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
