import { declareJob } from "../../kernel/jobs.ts";
import type { Command } from "./command-table.ts";

export interface RunCommandPayload {
  readonly roomId: string;
  /** The message with the command; it is answered once. */
  readonly eventId: string;
  readonly sender: string;
  /** What it asks for; the words themselves stay in Matrix. */
  readonly command: Command;
}

/** Somebody who may asked for the export of a channel in its room. Nothing of it is in the payload. */
export interface SendExportPayload {
  readonly roomId: string;
  /** The message with the command; it gets one file. */
  readonly eventId: string;
  readonly sender: string;
}

export const sendExportJob = declareJob<SendExportPayload>({
  name: "matrix.send-export",
  key: ({ eventId }) => eventId,
});

/** Somebody wrote `!dao …` in a mirrored room. */
export const runCommandJob = declareJob<RunCommandPayload>({
  name: "matrix.run-command",
  key: ({ eventId }) => eventId,
});
