import type { Tx } from "../../db/index.ts";
import { runsBell } from "./bells.ts";
import { type ClaimedRow, claimRows, updateLeases, updateOrphaned, updateSessions } from "./claims-store.ts";
import { endRuns, mostAttempts } from "./end-runs.ts";
import type { ClaimedRun, HeldRun, RuntimeKind } from "./run-types.ts";
import { ensureSessions } from "./sessions-store.ts";
import { tellRun } from "./tell-run.ts";

/** Runs at a time. */
export interface RunLimits {
  /** Of an agent whose config says nothing else. */
  readonly perAgent: number;
  /** Of a model that the bridge asks, over all agents. */
  readonly perModel: number;
}

export const defaultLimits: RunLimits = { perAgent: 4, perModel: 16 };

export interface ClaimRequest {
  readonly runtime: RuntimeKind;
  /** uuid: only this agent's. */
  readonly agentId?: string | undefined;
  readonly limit: number;
  readonly leaseMs: number;
  /** Who claims, for people who look; a process of the bridge gives its `Presence.holder`. */
  readonly worker: string;
  readonly limits?: RunLimits | undefined;
}

/**
 * Takes runs that are due, oldest first, one at a time for an agent and a channel, within the limits of agents and models.
 * Whoever takes them holds each until its lease ends, or longer by `renewLease`; what was not ended by then comes back.
 * Runs that are not wanted any more, or were taken up too often, end here.
 */
export async function claimRuns(tx: Tx, request: ClaimRequest): Promise<ClaimedRun[]> {
  const { limits = defaultLimits, agentId = null, ...rest } = request;
  const rows = await claimRows(tx, { ...rest, ...limits, agentId });
  if (rows.length === 0) return [];
  const unwanted = new Map(
    rows.flatMap((row) => {
      const ending = endingOf(row);
      return ending === undefined ? [] : [[row.id, ending] as const];
    }),
  );
  for (const [runId, ending] of unwanted) await endRuns(tx, { runIds: [runId], by: null, ...ending });
  // What was behind them can begin now.
  if (unwanted.size > 0) tx.wake(runsBell);
  const wanted = rows.filter(({ id }) => !unwanted.has(id));
  return wanted.length === 0 ? [] : begin(tx, wanted);
}

interface Ending {
  readonly status: "failed" | "cancelled";
  readonly code: string;
  readonly sentence: string | null;
}

function endingOf(row: ClaimedRow): Ending | undefined {
  if (row.agentStatus !== "active" || row.agentMatrixId === null)
    return { status: "cancelled", code: "agent_not_active", sentence: null };
  if (row.frozen) return { status: "cancelled", code: "frozen", sentence: null };
  if (!row.stillAsked) return { status: "cancelled", code: "question_withdrawn", sentence: null };
  if (row.silent || row.roomId === null)
    return { status: "failed", code: "channel_encrypted", sentence: null };
  if (row.attempts > mostAttempts) return { status: "failed", code: "interrupted", sentence: interrupted };
  return undefined;
}

const interrupted =
  "I was interrupted several times while I worked on this, and have given up. Please ask again.";

async function begin(tx: Tx, rows: readonly ClaimedRow[]): Promise<ClaimedRun[]> {
  const sessions = await ensureSessions(tx, rows);
  const runs = rows.map((row, index) => claimedRun(row, sessions[index] ?? ""));
  await updateSessions(
    tx,
    runs.map(({ runId, sessionId }) => ({ id: runId, sessionId })),
  );
  for (const row of rows) if (row.first) tellRun(tx, row, "agent.run.started");
  return runs;
}

function claimedRun(row: ClaimedRow, sessionId: string): ClaimedRun {
  return {
    runId: row.id,
    agentId: row.agentId,
    agentName: row.agentName,
    agentMatrixId: row.agentMatrixId ?? "",
    microdaoId: row.microdaoId,
    teamId: row.teamId,
    channelId: row.channelId,
    roomId: row.roomId ?? "",
    sessionId,
    trigger: { kind: row.triggerKind, eventId: row.triggerEventId, asker: row.asker },
    prompt: row.prompt,
    threadRoot: row.threadRoot,
    hop: row.hop,
    causationId: row.causationId,
    attempts: row.attempts,
    leaseToken: row.leaseToken,
    model: row.model,
    runtime: row.runtime,
    waited: row.waited,
  };
}

/** Goes on holding a run; false when it was lost or cancelled: then stop. */
export async function renewLease(tx: Tx, held: HeldRun & { readonly leaseMs: number }): Promise<boolean> {
  return (await updateLeases(tx, [held], held.leaseMs)).size > 0;
}

/** The same for many; gives the ids of those that are still held. */
export function renewLeases(tx: Tx, held: readonly HeldRun[], leaseMs: number): Promise<Set<string>> {
  return updateLeases(tx, held, leaseMs);
}

/** How long a run stays with a process of the bridge that nothing is heard of; it prolongs its leases every second. */
export const workerLeaseMs = 20_000;
const quietMs = 1_500;

/**
 * Makes runs claimable that a process had in hand which is not there any more: nobody waits for the lease of the dead. Who
 * has merely lost its connection has prolonged its leases a moment ago, and keeps them. Gives how many.
 */
export async function takeBackRuns(tx: Tx): Promise<number> {
  const taken = await updateOrphaned(tx, new Date(tx.now.getTime() + workerLeaseMs - quietMs));
  if (taken > 0) tx.wake(runsBell);
  return taken;
}
