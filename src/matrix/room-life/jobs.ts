import { declareJob } from "../../kernel/jobs.ts";

export interface FollowUpgradePayload {
  /** The room with the tombstone. */
  readonly roomId: string;
  readonly successorRoomId: string;
}

/** A mirrored room was replaced by another. */
export const followUpgradeJob = declareJob<FollowUpgradePayload>({ name: "matrix.follow-upgrade" });
