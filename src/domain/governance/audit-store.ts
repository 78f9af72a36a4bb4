import { type DbClient, microsecondsOf, type Tx, timeOfMicroseconds } from "../../db/index.ts";

export interface AuditRow {
  readonly id: string;
  readonly userId: string | null;
  readonly teamId: string | null;
  /** uuid */
  readonly microdaoId: string | null;
  readonly action: string;
  readonly resourceKind: string;
  readonly resourceId: string;
  readonly requestId: string | null;
  readonly data: object;
}

export async function insertAuditRow(tx: Tx, row: AuditRow): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO audit_log (id, user_id, team_id, actor_id, actor_kind, action, resource_kind, resource_id,
                            request_id, data, created_at, microdao_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11, $12::uuid)`,
    row.id,
    row.userId,
    row.teamId,
    tx.actor.id,
    tx.actor.kind,
    row.action,
    row.resourceKind,
    row.resourceId,
    row.requestId,
    JSON.stringify(row.data),
    tx.now,
    row.microdaoId,
  );
}

/** An entry as it stands in the log. */
export interface AuditRecord {
  readonly id: string;
  readonly createdAt: Date;
  /** Microseconds since 1970, for pages. */
  readonly createdUs: bigint;
  readonly actorId: string | null;
  readonly actorKind: "user" | "agent" | "service" | "embassy" | null;
  readonly action: string;
  readonly resourceKind: string | null;
  readonly resourceId: string | null;
  /** uuid */
  readonly microdaoId: string | null;
  readonly teamId: string | null;
  readonly requestId: string | null;
  readonly data: Readonly<Record<string, unknown>> | null;
}

/** What is null is not looked at. */
export interface AuditFilter {
  readonly microdaoId: string | null;
  readonly teamId: string | null;
  readonly actorId: string | null;
  readonly action: string | null;
  readonly resourceKind: string | null;
  readonly resourceId: string | null;
  readonly since: Date | null;
  readonly before: Date | null;
  /** Where the page before ended. */
  readonly after: { readonly createdUs: bigint; readonly id: string } | null;
  readonly limit: number;
}

/** Entries, newest first. What is not asked for is not in the statement, so that an index serves what is. */
export async function selectAudit(db: DbClient, filter: AuditFilter): Promise<AuditRecord[]> {
  const values: unknown[] = [];
  const value = (given: unknown) => `$${values.push(given)}`;
  const when = (given: unknown, say: (parameter: string) => string) =>
    given === null ? [] : [say(value(given))];
  const { after } = filter;
  const conditions = [
    ...when(filter.microdaoId, (at) => `microdao_id = ${at}::uuid`),
    ...when(filter.teamId, (at) => `team_id = ${at}`),
    ...when(filter.actorId, (at) => `actor_id = ${at}`),
    ...when(filter.action, (at) => `action = ${at}`),
    ...when(filter.resourceKind, (at) => `resource_kind = ${at}`),
    ...when(filter.resourceId, (at) => `resource_id = ${at}`),
    ...when(filter.since, (at) => `created_at >= ${at}::timestamptz`),
    ...when(filter.before, (at) => `created_at < ${at}::timestamptz`),
    ...(after === null
      ? []
      : [`(created_at, id) < (${timeOfMicroseconds(value(after.createdUs))}, ${value(after.id)})`]),
  ];
  return db.$queryRawUnsafe<AuditRecord[]>(
    `SELECT id, created_at AS "createdAt", ${microsecondsOf("created_at")} AS "createdUs", actor_id AS "actorId",
            actor_kind AS "actorKind", action, resource_kind AS "resourceKind", resource_id AS "resourceId",
            microdao_id::text AS "microdaoId", team_id AS "teamId", request_id AS "requestId", data
       FROM audit_log
      ${conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`}
      ORDER BY created_at DESC, id DESC LIMIT ${value(filter.limit)}`,
    ...values,
  );
}
