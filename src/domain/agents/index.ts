/**
 * Agents at work: what made them do something, what became of it, and the sessions in which they take part.
 * Always true: one run for an agent and a trigger, for ever; a run has one holder at a time, and only its holder ends it.
 */

export { askAgents, askByReaction, type HeardMessage } from "./ask-agents.ts";
export { cancelBell, runsBell } from "./bells.ts";
export { cancelByReaction, cancelRunsIn } from "./cancel-runs.ts";
export {
  defaultSettings,
  findChannelSettings,
  removeChannelSettings,
  setChannelSettings,
} from "./channel-settings.ts";
export {
  type ClaimRequest,
  claimRuns,
  defaultLimits,
  type RunLimits,
  renewLease,
  renewLeases,
  takeBackRuns,
  workerLeaseMs,
} from "./claim-runs.ts";
export {
  type Completion,
  cancelRun,
  completeRun,
  endRuns,
  type Failure,
  failRun,
  mostAttempts,
} from "./end-runs.ts";
export {
  type ClaimableRun,
  findAskedAt,
  findClaimable,
  type LockedRun,
  lockRunOf,
} from "./held-runs-store.ts";
export { invokeRun, type RunToInvoke } from "./invoke-run.ts";
export { type Judgement, judgeFailure } from "./judge-failure.ts";
export { resumeRun } from "./park-run.ts";
export { type PerformDeps, type Performed, performRun } from "./perform-run.ts";
export type {
  AgentRuntime,
  FinishReason,
  LanguageModel,
  ModelMessage,
  ModelPart,
  ModelPrices,
  ModelRequest,
  ModelUsage,
  Question,
  ReadQuestion,
  RunOutcome,
  Say,
  ShowTyping,
  ToolCall,
  ToolResult,
  ToolSpec,
} from "./ports.ts";
export { clearOldPrompts, clearPromptsOf, deleteSchedulesBy, runHasWords } from "./prompts-store.ts";
export { type QueuedRun, queueRuns } from "./queue-runs.ts";
export { releaseRun } from "./release-run.ts";
export { agentNotInChannel, runEnded, runMissing, scheduleInvalid, scheduleMissing } from "./run-errors.ts";
export { defaultPolicy, type RunPolicy } from "./run-policy.ts";
export type {
  ClaimedRun,
  HeldRun,
  RunStatus,
  RunToQueue,
  RuntimeKind,
  RunUsage,
  TriggerKind,
} from "./run-types.ts";
export {
  type RunRange,
  type RunView,
  type SessionView,
  selectRun as findRun,
  selectRuns as listRuns,
  selectSessions as listSessions,
} from "./run-views-store.ts";
export { lockHeldRun } from "./runs-store.ts";
export { createSchedule, fireSchedules, removeSchedule } from "./schedules.ts";
export { type Schedule, selectSchedules as listSchedules } from "./schedules-store.ts";
export type { ChannelSettings } from "./settings-store.ts";
export { answerKeyOf } from "./tell-run.ts";
export { tendAgents } from "./tend-agents.ts";
