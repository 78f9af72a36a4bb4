import { Cron } from "croner";
import type { Tx } from "../../db/index.ts";
import { messageOf } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import { type AgentInChannel, auditInChannel } from "./audit-in-channel.ts";
import { requirePresence } from "./invoke-run.ts";
import { queueRuns } from "./queue-runs.ts";
import { scheduleInvalid, scheduleMissing } from "./run-errors.ts";
import type { RunPolicy } from "./run-policy.ts";
import {
  deleteSchedule,
  insertSchedule,
  lockDueSchedules,
  type Schedule,
  selectSchedules,
  updateFired,
} from "./schedules-store.ts";

/** More for one agent in one channel is a mistake. */
const mostSchedules = 20;
const shortestPauseMs = 60_000;
const firedAtOnce = 50;

/** The first due time after a moment; null when there is none. Throws `schedule_invalid`. */
export function nextDue(cron: string, timeZone: string, after: Date): Date | null {
  try {
    return new Cron(cron, { timezone: timeZone, paused: true }).nextRun(after);
  } catch (error) {
    throw scheduleInvalid({ what: `This is no time that comes again: ${messageOf(error)}` });
  }
}

export interface ScheduleToMake extends AgentInChannel {
  /** Five fields, or six with seconds. */
  readonly cron: string;
  readonly timeZone: string;
  readonly prompt: string;
}

/** Has an agent asked at times. Throws `schedule_invalid`, `agent_not_in_channel`, `channel_encrypted`. */
export async function createSchedule(tx: Tx, wanted: ScheduleToMake): Promise<Schedule> {
  const { agentId, channelId, cron, timeZone, prompt } = wanted;
  await requirePresence(tx, agentId, channelId);
  const nextDueAt = nextDue(cron, timeZone, tx.now);
  if (nextDueAt === null) throw scheduleInvalid({ what: "This time never comes." });
  const second = nextDue(cron, timeZone, nextDueAt);
  if (second !== null && second.getTime() - nextDueAt.getTime() < shortestPauseMs)
    throw scheduleInvalid({ what: "A schedule fires once a minute at most." });
  const others = await selectSchedules(tx.db, agentId, channelId);
  if (others.length >= mostSchedules)
    throw scheduleInvalid({ what: `An agent has ${mostSchedules} schedules in a channel at most.` });
  const row = { id: newId("sched", tx.now), agentId, channelId, cron, timeZone, prompt, nextDueAt };
  await insertSchedule(tx, row);
  await auditInChannel(tx, wanted, "agent.schedule.created", {
    schedule_id: row.id,
    cron,
    time_zone: timeZone,
  });
  return { ...row, lastDueAt: null, createdBy: tx.actor.id, createdAt: tx.now };
}

/** Throws `schedule_not_found`. */
export async function removeSchedule(tx: Tx, place: AgentInChannel, id: string): Promise<void> {
  if (!(await deleteSchedule(tx, { ...place, id }))) throw scheduleMissing({});
  await auditInChannel(tx, place, "agent.schedule.removed", { schedule_id: id });
}

/**
 * Asks agents whose times have come, each due time once, however many processes look: the run and the next due time are
 * one transaction, and the run's key names the time. After a long stop a schedule fires once for all that it has missed.
 * Gives how many fired; more may be due when it is as many as there can be.
 */
export async function fireSchedules(tx: Tx, policy: RunPolicy): Promise<number> {
  const due = await lockDueSchedules(tx, firedAtOnce);
  if (due.length === 0) return 0;
  const times = due.map((schedule) => ({ schedule, dueAt: schedule.nextDueAt ?? tx.now }));
  await queueRuns(
    tx,
    times.map(({ schedule: { id, agentId, channelId, prompt }, dueAt }) => {
      const trigger = {
        kind: "schedule",
        key: `schedule:${id}:${dueAt.toISOString()}`,
        eventId: null,
        asker: null,
      } as const;
      return { agentId, channelId, trigger, threadRoot: null, prompt };
    }),
    policy,
  );
  await updateFired(
    tx,
    times.map(({ schedule: { id, cron, timeZone }, dueAt }) => {
      return { id, dueAt, nextDueAt: nextDue(cron, timeZone, tx.now) };
    }),
  );
  return due.length;
}
