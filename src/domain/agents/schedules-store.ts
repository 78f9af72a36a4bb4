import type { DbClient, Tx } from "../../db/index.ts";

/** A time at which an agent is asked something by itself. */
export interface Schedule {
  /** `sched_…` */
  readonly id: string;
  /** uuid */
  readonly agentId: string;
  /** uuid */
  readonly channelId: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly prompt: string;
  readonly nextDueAt: Date | null;
  readonly lastDueAt: Date | null;
  readonly createdBy: string;
  readonly createdAt: Date;
}

const columns = `id, agent_id::text AS "agentId", channel_id::text AS "channelId", cron, time_zone AS "timeZone", prompt,
  next_due_at AS "nextDueAt", last_due_at AS "lastDueAt", created_by AS "createdBy", created_at AS "createdAt"`;

export async function insertSchedule(
  tx: Tx,
  row: Omit<Schedule, "lastDueAt" | "createdBy" | "createdAt">,
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO agent_schedules (id, agent_id, channel_id, cron, time_zone, prompt, next_due_at, created_by, created_at)
     VALUES ($1, $2::uuid, $3::uuid, $4, $5, $6, $7, $8, $9)`,
    row.id,
    row.agentId,
    row.channelId,
    row.cron,
    row.timeZone,
    row.prompt,
    row.nextDueAt,
    tx.actor.id,
    tx.now,
  );
}

export function selectSchedules(db: DbClient, agentId: string, channelId: string): Promise<Schedule[]> {
  return db.$queryRawUnsafe<Schedule[]>(
    `SELECT ${columns} FROM agent_schedules WHERE agent_id = $1::uuid AND channel_id = $2::uuid ORDER BY id`,
    agentId,
    channelId,
  );
}

/** False when there was none in the channel. */
export async function deleteSchedule(
  tx: Tx,
  { id, agentId, channelId }: Pick<Schedule, "id" | "agentId" | "channelId">,
): Promise<boolean> {
  const deleted = await tx.db.$executeRawUnsafe(
    `DELETE FROM agent_schedules WHERE id = $1 AND agent_id = $2::uuid AND channel_id = $3::uuid`,
    id,
    agentId,
    channelId,
  );
  return deleted > 0;
}

/** Locks schedules that are due; those that another process has in hand are left to it. */
export function lockDueSchedules(tx: Tx, limit: number): Promise<Schedule[]> {
  return tx.db.$queryRawUnsafe<Schedule[]>(
    `SELECT ${columns} FROM agent_schedules
      WHERE enabled AND next_due_at <= $1
      ORDER BY next_due_at LIMIT $2
        FOR UPDATE SKIP LOCKED`,
    tx.now,
    limit,
  );
}

export async function updateFired(
  tx: Tx,
  rows: readonly { readonly id: string; readonly dueAt: Date; readonly nextDueAt: Date | null }[],
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE agent_schedules s SET last_due_at = n.due, next_due_at = n.next
       FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) AS n(id, due, next)
      WHERE s.id = n.id`,
    rows.map(({ id }) => id),
    rows.map(({ dueAt }) => dueAt),
    rows.map(({ nextDueAt }) => nextDueAt),
  );
}
