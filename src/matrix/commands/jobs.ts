import { declareJob } from "../../kernel/jobs.ts";

export interface RunCommandPayload {
  readonly roomId: string;
  /** The message with the command; it is answered once. */
  readonly eventId: string;
  readonly sender: string;
  /** At most 1000 characters. It is kept nowhere else. */
  readonly text: string;
}

/** Somebody wrote `!dao …` in a mirrored room. */
export const runCommandJob = declareJob<RunCommandPayload>({
  name: "matrix.run-command",
  key: ({ eventId }) => eventId,
});
