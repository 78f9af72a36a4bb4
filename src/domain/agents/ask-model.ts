import { postMessage } from "../messaging/index.ts";
import type { AgentRuntime, LanguageModel, ReadQuestion, RunOutcome, ShowTyping } from "./ports.ts";
import type { ClaimedRun } from "./run-types.ts";
import { type WholeAnswer, wholeAnswer } from "./whole-answer.ts";

export interface AskModelDeps {
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
