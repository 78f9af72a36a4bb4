import type { DbClient, Tx } from "../../db/index.ts";
import { newUuid } from "../../kernel/ids.ts";

export type Plan = "Freemium" | "Casual" | "Premium" | "Platformium";
export type MicrodaoRole = "owner" | "admin" | "member" | "guest";

export interface Microdao {
  readonly id: string;
  /** `microdao:7` */
  readonly externalId: string;
  readonly name: string;
  readonly ownerUserId: string;
  readonly matrixSpaceId: string | null;
  readonly plan: Plan;
  /** Whether asking for the address of a channel that does not exist makes the channel and its room. */
  readonly aliasChannels: boolean;
  readonly createdAt: Date;
}

export interface MicrodaoMember {
  readonly microdaoId: string;
  readonly userId: string;
  readonly role: MicrodaoRole;
}

const columns = `m.id::text AS id, m.external_id AS "externalId", m.name, m.owner_user_id::text AS "ownerUserId",
  m.matrix_space_id AS "matrixSpaceId", m.plan, m.alias_channels AS "aliasChannels", m.created_at AS "createdAt"`;

export async function insertMicrodao(
  tx: Tx,
  row: Omit<Microdao, "externalId" | "createdAt" | "aliasChannels">,
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO microdaos (id, name, owner_user_id, matrix_space_id, plan, created_at)
     VALUES ($1::uuid, $2, $3::uuid, $4, $5, $6)`,
    row.id,
    row.name,
    row.ownerUserId,
    row.matrixSpaceId,
    row.plan,
    tx.now,
  );
}

export async function upsertMicrodaoMember(tx: Tx, member: MicrodaoMember): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO microdao_members (id, microdao_id, user_id, role, created_at)
     VALUES ($1::uuid, $2::uuid, $3::uuid, $4, $5)
     ON CONFLICT (microdao_id, user_id) DO UPDATE SET role = excluded.role`,
    newUuid(tx.now),
    member.microdaoId,
    member.userId,
    member.role,
    tx.now,
  );
}

export async function updateMicrodaoSpace(tx: Tx, id: string, matrixSpaceId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE microdaos SET matrix_space_id = $2 WHERE id = $1::uuid`,
    id,
    matrixSpaceId,
  );
}

export async function updateAliasChannels(tx: Tx, id: string, allowed: boolean): Promise<void> {
  await tx.db.$executeRawUnsafe(`UPDATE microdaos SET alias_channels = $2 WHERE id = $1::uuid`, id, allowed);
}

/** The Matrix id of a microDAO's owner, who may have none. */
export async function selectOwner(db: DbClient, id: string): Promise<string | undefined> {
  const rows = await db.$queryRawUnsafe<{ matrixId: string | null }[]>(
    `SELECT u.matrix_id AS "matrixId" FROM microdaos m JOIN users u ON u.id = m.owner_user_id WHERE m.id = $1::uuid`,
    id,
  );
  return rows[0]?.matrixId ?? undefined;
}

export async function selectMicrodao(
  db: DbClient,
  by: { id: string | null; externalId: string },
): Promise<Microdao | undefined> {
  const rows = await db.$queryRawUnsafe<Microdao[]>(
    `SELECT ${columns} FROM microdaos m WHERE m.id = $1::uuid OR m.external_id = $2`,
    by.id,
    by.externalId,
  );
  return rows[0];
}

export async function selectMicrodaos(db: DbClient): Promise<Microdao[]> {
  return db.$queryRawUnsafe<Microdao[]>(`SELECT ${columns} FROM microdaos m ORDER BY m.created_at, m.id`);
}

export async function selectMicrodaosOfUser(db: DbClient, matrixId: string): Promise<Microdao[]> {
  return db.$queryRawUnsafe<Microdao[]>(
    `SELECT ${columns} FROM users u
       JOIN microdao_members mm ON mm.user_id = u.id
       JOIN microdaos m ON m.id = mm.microdao_id
      WHERE u.matrix_id = $1 ORDER BY m.created_at, m.id`,
    matrixId,
  );
}

/** Members of a microDAO with one of these roles who are in Matrix. */
export async function selectMembersWithRole(
  db: DbClient,
  id: string,
  roles: readonly MicrodaoRole[],
): Promise<{ matrixId: string; role: MicrodaoRole }[]> {
  return db.$queryRawUnsafe<{ matrixId: string; role: MicrodaoRole }[]>(
    `SELECT u.matrix_id AS "matrixId", mm.role FROM microdao_members mm JOIN users u ON u.id = mm.user_id
      WHERE mm.microdao_id = $1::uuid AND mm.role = ANY($2::text[]) AND u.matrix_id IS NOT NULL
      ORDER BY mm.created_at, mm.id`,
    id,
    roles,
  );
}

/** Makes members of users, by Matrix id, who are none yet; gives the new ones. */
export async function insertSpaceMembers(
  tx: Tx,
  id: string,
  matrixIds: readonly string[],
): Promise<string[]> {
  const rows = await tx.db.$queryRawUnsafe<{ matrixId: string }[]>(
    `WITH person AS MATERIALIZED (
       SELECT u.id, u.matrix_id FROM users u WHERE u.matrix_id = ANY($2::text[])
     ), added AS (
       INSERT INTO microdao_members (id, microdao_id, user_id, role, created_at)
       SELECT gen_random_uuid(), $1::uuid, p.id, 'member', $3 FROM person p
       ON CONFLICT (microdao_id, user_id) DO NOTHING
       RETURNING user_id)
     SELECT p.matrix_id AS "matrixId" FROM added a JOIN person p ON p.id = a.user_id ORDER BY p.matrix_id`,
    id,
    matrixIds,
    tx.now,
  );
  return rows.map(({ matrixId }) => matrixId);
}

/** Ends the membership of these users, by Matrix id; owners and admins stay. Gives those that it ended. */
export async function deleteSpaceMembers(
  tx: Tx,
  id: string,
  matrixIds: readonly string[],
): Promise<string[]> {
  const rows = await tx.db.$queryRawUnsafe<{ matrixId: string }[]>(
    `DELETE FROM microdao_members mm USING users u
      WHERE mm.microdao_id = $1::uuid AND u.matrix_id = ANY($2::text[]) AND mm.user_id = u.id
        AND mm.role IN ('member', 'guest')
      RETURNING u.matrix_id AS "matrixId"`,
    id,
    matrixIds,
  );
  return rows.map(({ matrixId }) => matrixId);
}

export async function updateMicrodaoName(tx: Tx, id: string, name: string): Promise<void> {
  await tx.db.$executeRawUnsafe(`UPDATE microdaos SET name = $2 WHERE id = $1::uuid`, id, name);
}
