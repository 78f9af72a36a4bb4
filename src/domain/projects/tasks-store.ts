import type { DbClient, Tx } from "../../db/index.ts";

export interface TaskRow {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  /** uuids */
  readonly assigneeId: string | null;
  readonly microdaoId: string;
  readonly channelId: string;
}

export async function insertTask(tx: Tx, row: TaskRow): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO tasks (id, title, status, assignee, microdao_id, channel_id, created_by, created_at)
     VALUES ($1, $2, $3, $4::uuid, $5::uuid, $6::uuid, $7, $8)`,
    row.id,
    row.title,
    row.status,
    row.assigneeId,
    row.microdaoId,
    row.channelId,
    tx.actor.id,
    tx.now,
  );
}

/** The uuid of a person who is in the channel. */
export async function selectAssignee(
  db: DbClient,
  channelId: string,
  matrixId: string,
): Promise<string | undefined> {
  const rows = await db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT u.id::text AS id FROM users u
      WHERE u.matrix_id = $2
        AND EXISTS (SELECT FROM channel_members m WHERE m.channel_id = $1::uuid AND m.member_user_id = u.id
                                                    AND m.membership = 'join')`,
    channelId,
    matrixId,
  );
  return rows[0]?.id;
}
