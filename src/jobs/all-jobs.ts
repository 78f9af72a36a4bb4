import type { AnyJobSpec } from "../db/index.ts";
import {
  answerKnockJob,
  archiveRoomJob,
  changeRoomJob,
  givePowersJob,
  makeRoomJob,
  reactionJob,
  syncSpaceJob,
  tellFreezeJob,
} from "../domain/messaging/index.ts";
import { backfillJob } from "../matrix/backfill/jobs.ts";
import { runCommandJob, sendExportJob } from "../matrix/commands/jobs.ts";
import { answerGhostInviteJob, leaveRoomJob, linkRoomJob } from "../matrix/linking/jobs.ts";
import { reconcileJob } from "../matrix/reconcile/jobs.ts";
import { followUpgradeJob, foundChannelJob } from "../matrix/room-life/jobs.ts";

/** Every kind of job there is. A transaction may ask for these and no others, in every process that opens the database. */
export const allJobs: readonly AnyJobSpec[] = [
  linkRoomJob,
  answerGhostInviteJob,
  leaveRoomJob,
  followUpgradeJob,
  answerKnockJob,
  foundChannelJob,
  makeRoomJob,
  changeRoomJob,
  givePowersJob,
  archiveRoomJob,
  syncSpaceJob,
  backfillJob,
  reconcileJob,
  runCommandJob,
  sendExportJob,
  reactionJob,
  tellFreezeJob,
];
