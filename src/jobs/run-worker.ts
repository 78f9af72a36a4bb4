import type { Database, JobQueue } from "../db/index.ts";
import type { AgentRuntime, RunLimits, RunPolicy } from "../domain/agents/index.ts";
import type { WebhookSender } from "../domain/endpoints/index.ts";
import type { Sealer } from "../domain/governance/index.ts";
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
import { builtinRuntime, type FetchPage, type ModelSources } from "../domain/runtime/index.ts";
import type { Counters } from "../kernel/counters.ts";
import { bug, messageOf } from "../kernel/errors.ts";
import type { JobSpec } from "../kernel/jobs.ts";
import type { Log } from "../kernel/log.ts";
import { handleBackfill } from "../matrix/backfill/backfill-room.ts";
import { backfillJob } from "../matrix/backfill/jobs.ts";
import type { Ingest } from "../matrix/backfill/record-page.ts";
import { runCommandJob, sendExportJob } from "../matrix/commands/jobs.ts";
import { handleCommand } from "../matrix/commands/run-command.ts";
import { type ExportDeps, handleSendExport } from "../matrix/commands/send-export.ts";
import { startEgress, typingThrough } from "../matrix/egress/index.ts";
import { type Ghosts, keepGhosts } from "../matrix/ghosts/index.ts";
import type { Homeserver } from "../matrix/homeserver/index.ts";
import { readQuestionFrom } from "../matrix/ingest/read-question.ts";
import { readTalkFrom } from "../matrix/ingest/read-talk.ts";
import { handleGhostInvite } from "../matrix/linking/answer-ghost-invite.ts";
import { answerGhostInviteJob, leaveRoomJob, linkRoomJob } from "../matrix/linking/jobs.ts";
import { handleLeaveRoom } from "../matrix/linking/leave-room.ts";
import { handleTellFreeze } from "../matrix/linking/tell-freeze.ts";
import { reconcileJob } from "../matrix/reconcile/jobs.ts";
import { keepReconciling } from "../matrix/reconcile/keep-reconciling.ts";
import { handleReconcile } from "../matrix/reconcile/reconcile-room.ts";
import { handleAnswerKnock } from "../matrix/room-life/answer-knock.ts";
import { handleFollowUpgrade } from "../matrix/room-life/follow-upgrade.ts";
import { followUpgradeJob, foundChannelJob } from "../matrix/room-life/jobs.ts";
import { handleInvitation } from "../matrix/room-life/link-or-follow.ts";
import { handleFoundChannel } from "../matrix/room-life/room-of-alias.ts";
import { handleArchiveRoom } from "../matrix/spaces/archive-room.ts";
import { handleChangeRoom } from "../matrix/spaces/change-room.ts";
import { handleGivePowers } from "../matrix/spaces/give-powers.ts";
import { handleMakeRoom } from "../matrix/spaces/make-room.ts";
import { handleSyncSpace } from "../matrix/spaces/sync-space.ts";
import { deliverWebhooksRegularly } from "./deliver-webhooks.ts";
import { forgetRegularly } from "./forget-what-is-old.ts";
import { handleReaction } from "./handle-reaction.ts";
import { keepSearchable } from "./keep-searchable.ts";
import { resumeStalledWork } from "./resume-stalled-work.ts";
import { takeBackRegularly } from "./take-back-regularly.ts";
import { tendAgentsRegularly } from "./tend-agents-regularly.ts";
import { tendParkedRegularly } from "./tend-parked-regularly.ts";
import { workOnRuns } from "./work-on-runs.ts";

export interface WorkerDeps {
  /** Opened with a job queue. */
  readonly database: Database;
  /** Who this process is: `Presence.holder`. */
  readonly holder: string;
  readonly homeserver: Homeserver;
  readonly ghosts: Ghosts;
  readonly ingest: Ingest;
  /** The models that agents ask, and the web that they read. */
  readonly models: ModelSources;
  readonly fetchPage: FetchPage;
  /** Takes files to the homeserver. */
  readonly uploads: ExportDeps["uploads"];
  /** How much of a talk a model is shown, in tokens. */
  readonly contextTokens: number;
  /** What keeps agents from going on for ever. */
  readonly runPolicy: RunPolicy;
  /** How many runs of an agent and of a model there are at one time. */
  readonly runLimits: RunLimits;
  /** Absent: nothing is delivered to webhooks here. */
  readonly webhooks?: { readonly sender: WebhookSender; readonly sealer: Sealer };
  readonly botUserId: string;
  /** The external id of the microDAO for rooms whose inviter has none, or several. */
  readonly defaultMicrodao: string;
  readonly serverName: string;
  /** What the aliases begin with that are ours. */
  readonly aliasPrefix: string;
  readonly counters: Counters;
  /** For how many days events that could not be processed are kept. */
  readonly deadLetterDays: number;
  /** For how many days something may wait for its event before it becomes a dead letter. */
  readonly parkedDays: number;
  readonly log: Log;
}

export interface Worker {
  /** Says that messages were committed and can be delivered. */
  readonly wakeEgress: () => void;
  /** Says that agents were registered or changed. */
  readonly wakeGhosts: () => void;
  /** Takes no new work and waits a few seconds for what was begun. Close the job queue after it. */
  stop(): Promise<void>;
}

/**
 * The background work of a process: the handlers of all jobs, delivery, the agents' users, and what takes up again
 * what a dead process left. Every handler is safe to run twice, so several workers may share a database.
 */
export async function runWorker(deps: WorkerDeps): Promise<Worker> {
  const { database, log } = deps;
  if (database.queue === undefined) throw bug("a worker needs a database that was opened with a job queue");
  const egress = startEgress(deps);
  const keeper = keepGhosts(deps.ghosts, log);
  const wakeEgress = () => egress.wake();
  await handleJobs(database.queue, { ...deps, wakeEgress });
  const running = workOnRuns({
    ...deps,
    wakeEgress,
    runtime: runtimeOf({ ...deps, wakeEgress }),
    limits: deps.runLimits,
  });
  const takingBack = takeBackRegularly(deps);
  const tendingAgents = tendAgentsRegularly(deps, deps.runPolicy);
  const readQuestion = readQuestionFrom(deps.homeserver, deps.botUserId);
  const delivering =
    deps.webhooks && deliverWebhooksRegularly({ ...deps, ...deps.webhooks, wakeEgress, readQuestion });
  const forgetting = forgetRegularly(deps);
  const searching = keepSearchable(database, log);
  const tending = tendParkedRegularly(deps);
  const resuming = resumeStalledWork(database, log);
  const reconciling = keepReconciling(database, log);
  return {
    wakeEgress,
    wakeGhosts: () => keeper.wake(),
    async stop() {
      forgetting.stop();
      tending.stop();
      resuming.stop();
      reconciling.stop();
      await Promise.all([
        takingBack.stop(),
        tendingAgents.stop(),
        running.stop(),
        delivering?.stop(),
        egress.stop(),
        searching.stop(),
        keeper.stop(),
      ]);
    },
  };
}

/** What answers for agents that no program of somebody else answers for. */
function runtimeOf(deps: WorkerDeps & { readonly wakeEgress: () => void }): AgentRuntime {
  return builtinRuntime({
    ...deps,
    showTyping: typingThrough(deps.homeserver, deps.log),
    readTalk: readTalkFrom(deps.homeserver, deps.botUserId),
  });
}

async function handleJobs(queue: JobQueue, deps: WorkerDeps & { wakeEgress: () => void }): Promise<void> {
  const work = <P extends object>(
    spec: JobSpec<P>,
    concurrency: number,
    handle: (payload: P) => Promise<unknown>,
  ): Promise<void> =>
    queue.work(spec, concurrency, async (payload) => {
      try {
        await handle(payload);
      } catch (error) {
        deps.log.warn({ job: spec.name, reason: messageOf(error) }, "a job did not work and is tried again");
        throw error;
      }
    });
  await work(linkRoomJob, 2, (payload) => handleInvitation(deps, payload));
  await work(followUpgradeJob, 2, (payload) => handleFollowUpgrade(deps, payload));
  await work(answerGhostInviteJob, 2, (payload) => handleGhostInvite(deps, payload));
  await work(leaveRoomJob, 1, (payload) => handleLeaveRoom(deps, payload));
  await work(answerKnockJob, 2, (payload) => handleAnswerKnock(deps, payload));
  await work(makeRoomJob, 2, (payload) => handleMakeRoom(deps, payload));
  // One at a time: what was asked for later is done later.
  await work(changeRoomJob, 1, (payload) => handleChangeRoom(deps, payload));
  await work(givePowersJob, 2, (payload) => handleGivePowers(deps, payload));
  await work(archiveRoomJob, 1, (payload) => handleArchiveRoom(deps, payload));
  await work(syncSpaceJob, 2, (payload) => handleSyncSpace(deps, payload));
  await work(foundChannelJob, 1, (payload) => handleFoundChannel(deps, payload));
  await work(backfillJob, 3, (payload) => handleBackfill(deps, payload));
  await work(reconcileJob, 1, (payload) => handleReconcile(deps, payload));
  await work(runCommandJob, 1, (payload) => handleCommand(deps, payload));
  await work(sendExportJob, 1, (payload) => handleSendExport(deps, payload));
  await work(reactionJob, 2, (payload) => handleReaction(deps, payload));
  await work(tellFreezeJob, 1, (payload) => handleTellFreeze(deps, payload));
}
