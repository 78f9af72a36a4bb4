import type { Cause } from "../messaging/index.ts";

/** What made an agent do something. */
export type TriggerKind =
  | "mention"
  | "reply"
  | "direct"
  | "command"
  | "keyword"
  | "schedule"
  | "reaction"
  | "api";

/** Who does the thinking: the bridge asks a model, or a program of somebody else takes the run over its API. */
export type RuntimeKind = "builtin" | "external";

/**
 * A run of an agent (`agent_runs.status`):
 *
 *   queued → started (leased) → completed
 *     ↑          │├→ failed       for good, or tried often enough
 *     │          │└→ cancelled    somebody stopped it, or it is not wanted any more
 *     └──────────┘                again later: no usable outcome, or a lease that ran out
 *
 * From queued it can be cancelled or failed without having been started. Ended is ended.
 */
export type RunStatus = "queued" | "started" | "completed" | "failed" | "cancelled";

/** A run in the hands of whoever has its lease. */
export interface HeldRun {
  readonly runId: string;
  readonly leaseToken: string;
}

/** Something that an agent is to do. */
export interface RunToQueue {
  /** uuid */
  readonly agentId: string;
  /** uuid */
  readonly channelId: string;
  readonly trigger: {
    readonly kind: TriggerKind;
    /** A Matrix event id, `schedule:<id>:<time>` or `api:<key>`: one run for each agent and key, for ever. */
    readonly key: string;
    /** The Matrix event that is answered. What it says stays in Matrix and is read when the run is begun. */
    readonly eventId: string | null;
    /** The Matrix id of whoever asks; null when nobody waits for an answer. */
    readonly asker: string | null;
  };
  readonly threadRoot: string | null;
  /** What the event's content says it was caused by; give it only if one of our own users sent the event. */
  readonly cause?: Cause | undefined;
  /** What is asked when no event says it. Kept in the row. */
  readonly prompt?: string | undefined;
}

/** A run that somebody holds until its lease ends. */
export interface ClaimedRun {
  readonly runId: string;
  /** uuid */
  readonly agentId: string;
  readonly agentName: string;
  readonly agentMatrixId: string;
  /** uuid */
  readonly microdaoId: string;
  readonly teamId: string | null;
  /** uuid */
  readonly channelId: string;
  readonly roomId: string;
  /** uuid */
  readonly sessionId: string;
  readonly trigger: {
    readonly kind: TriggerKind;
    readonly eventId: string | null;
    readonly asker: string | null;
  };
  /** What is asked when no event says it. */
  readonly prompt: string | null;
  readonly threadRoot: string | null;
  readonly hop: number;
  readonly causationId: string;
  /** This one included. */
  readonly attempts: number;
  readonly leaseToken: string;
  readonly model: string;
  readonly runtime: RuntimeKind;
  /** Seconds since it was asked for. */
  readonly waited?: number;
}

/** What a run used. */
export interface RunUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars. */
  readonly costUsd?: number | undefined;
}
