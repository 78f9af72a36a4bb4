import type { DbClient } from "../../db/index.ts";
import type { Plan } from "../tenancy/index.ts";

/** A microDAO as readers see it. Ids are uuids. */
export interface MicrodaoView {
  readonly id: string;
  readonly externalId: string;
  readonly name: string;
  readonly plan: Plan;
  readonly ownerUserId: string;
  readonly ownerMatrixId: string | null;
  readonly matrixSpaceId: string | null;
  /** Why its space could not be made, or what the bot lacks there to give the power that goes with somebody's role. */
  readonly problem: string | null;
  readonly createdAt: Date;
}

/** These microDAOs, in the order of their ids' list. Unknown ids are left out. One statement. */
export async function readMicrodaos(db: DbClient, ids: readonly string[]): Promise<MicrodaoView[]> {
  if (ids.length === 0) return [];
  return db.$queryRawUnsafe<MicrodaoView[]>(
    `SELECT m.id::text AS id, m.external_id AS "externalId", m.name, m.plan, m.owner_user_id::text AS "ownerUserId",
            u.matrix_id AS "ownerMatrixId", m.matrix_space_id AS "matrixSpaceId", m.created_at AS "createdAt",
            coalesce((SELECT n.error FROM matrix.new_rooms n WHERE n.id = m.id),
                     (SELECT 'Power in the space does not follow the role of ' || w.user_id || ': ' || w.lacking
                        FROM matrix.wanted_powers w WHERE w.room_id = m.matrix_space_id AND w.lacking IS NOT NULL
                       ORDER BY w.asked_at, w.user_id LIMIT 1)) AS problem
       FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted(id, place)
       JOIN microdaos m ON m.id = wanted.id
       JOIN users u ON u.id = m.owner_user_id
      ORDER BY wanted.place`,
    ids,
  );
}
