import { declareJob } from "../../kernel/jobs.ts";

export interface ReconcilePayload {
  readonly roomId: string;
}

/** Compares a room with the homeserver, a stretch at a time. Repeating it goes on where it stopped. */
export const reconcileJob = declareJob<ReconcilePayload>({ name: "matrix.reconcile", retryLimit: 1 });
