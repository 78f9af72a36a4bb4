import type { Tx } from "../../db/index.ts";

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
