import { declareJob } from "../../kernel/jobs.ts";

export interface RespondPayload {
  /** uuid */
  readonly agentId: string;
  /** uuid */
  readonly channelId: string;
  readonly roomId: string;
  /** The Matrix event that asks. What it asks stays in Matrix and is read when the answer is begun. */
  readonly triggerEventId: string;
  /** The Matrix id of whoever asks. */
  readonly sender: string;
  /** The Matrix event that the thread began with, if it was asked in one. */
  readonly threadRoot: string | null;
}

/** An agent was spoken to. */
export const respondJob = declareJob<RespondPayload>({
  name: "agents.respond",
  key: ({ agentId, triggerEventId }) => `${agentId}\n${triggerEventId}`,
});
