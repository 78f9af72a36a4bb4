import { declareJob } from "../../kernel/jobs.ts";

export interface FollowUpgradePayload {
  /** The room with the tombstone. */
  readonly roomId: string;
  readonly successorRoomId: string;
}

export interface FoundChannelPayload {
  readonly alias: string;
  /** When it was asked for, minutes since 1970: who asks in the same minute asks for the same thing. */
  readonly minute: number;
}

/** Somebody asked for the alias of a channel that is to be made. */
export const foundChannelJob = declareJob<FoundChannelPayload>({
  name: "matrix.found-channel",
  key: ({ alias, minute }) => `${alias}\n${minute}`,
});

/** A mirrored room was replaced by another. */
export const followUpgradeJob = declareJob<FollowUpgradePayload>({ name: "matrix.follow-upgrade" });
