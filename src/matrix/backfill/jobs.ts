import { declareJob } from "../../kernel/jobs.ts";

export interface BackfillPayload {
  readonly roomId: string;
}

/** Reads a room's history back to its beginning, a stretch at a time. Repeating it goes on where it stopped. */
export const backfillJob = declareJob<BackfillPayload>({ name: "matrix.backfill" });
