import { type DbClient, microsecondsOf, type Tx } from "../../db/index.ts";
import type { MicrodaoRole } from "./microdaos-store.ts";

/** A member of a microDAO, as readers see one. `id`: uuid of the membership, by which pages are ordered. */
export interface MicrodaoMemberView {
  readonly id: string;
  /** uuid */
  readonly userId: string;
  readonly externalId: string;
  readonly matrixId: string | null;
  readonly displayName: string | null;
  readonly role: MicrodaoRole;
  /** Microseconds since 1970. */
  readonly sinceUs: bigint;
}

const columns = `mm.id::text AS id, u.id::text AS "userId", u.external_id AS "externalId", u.matrix_id AS "matrixId",
  u.display_name AS "displayName", mm.role, ${microsecondsOf("mm.created_at")} AS "sinceUs"`;

/** One page of a microDAO's members (uuid), in a fixed order. */
export async function listMicrodaoMembers(
  db: DbClient,
  range: { microdaoId: string; after: string | null; limit: number },
): Promise<MicrodaoMemberView[]> {
  return db.$queryRawUnsafe<MicrodaoMemberView[]>(
    `SELECT ${columns} FROM microdao_members mm JOIN users u ON u.id = mm.user_id
      WHERE mm.microdao_id = $1::uuid AND ($2::uuid IS NULL OR mm.id > $2::uuid)
      ORDER BY mm.id LIMIT $3`,
    range.microdaoId,
    range.after,
    range.limit,
  );
}

export interface LockedRoles {
  /** Whether there is such a user. */
  readonly exists: boolean;
  readonly role: MicrodaoRole | null;
  readonly askerRole: MicrodaoRole | null;
  /** uuid of the first of the other owners. */
  readonly otherOwner: string | null;
}

/** The roles of two users in a microDAO, and who else owns it; its roles are locked until the transaction ends. */
export async function lockRoles(
  tx: Tx,
  { microdaoId, userId, askerId }: { microdaoId: string; userId: string; askerId: string | null },
): Promise<LockedRoles> {
  await tx.db.$queryRawUnsafe(`SELECT 1 FROM microdaos WHERE id = $1::uuid FOR NO KEY UPDATE`, microdaoId);
  const roleOf = (user: string) =>
    `(SELECT mm.role FROM microdao_members mm WHERE mm.microdao_id = $1::uuid AND mm.user_id = ${user}::uuid)`;
  const [row] = await tx.db.$queryRawUnsafe<[LockedRoles]>(
    `SELECT EXISTS (SELECT 1 FROM users u WHERE u.id = $2::uuid) AS exists, ${roleOf("$2")} AS role, ${roleOf("$3")} AS "askerRole",
            (SELECT mm.user_id::text FROM microdao_members mm
              WHERE mm.microdao_id = $1::uuid AND mm.role = 'owner' AND mm.user_id <> $2::uuid
              ORDER BY mm.created_at, mm.id LIMIT 1) AS "otherOwner"`,
    microdaoId,
    userId,
    askerId,
  );
  return row;
}

export async function deleteMicrodaoMember(tx: Tx, microdaoId: string, userId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `DELETE FROM microdao_members WHERE microdao_id = $1::uuid AND user_id = $2::uuid`,
    microdaoId,
    userId,
  );
}

/** Who answers for a microDAO is one of its owners. */
export async function updateOwner(
  tx: Tx,
  microdaoId: string,
  { from, to }: { from: string; to: string },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE microdaos SET owner_user_id = $3::uuid WHERE id = $1::uuid AND owner_user_id = $2::uuid`,
    microdaoId,
    from,
    to,
  );
}
