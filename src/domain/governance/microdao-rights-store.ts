import { type DbClient, microsecondsOf, timeOfMicroseconds } from "../../db/index.ts";
import { bundleHolds, roleBundle } from "./channel-rights-store.ts";
import { type Frozen, frozenOf } from "./freezes-store.ts";

/** What the database knows about one subject and one microDAO. */
export interface MicrodaoRightsRow {
  readonly microdaoId: string;
  /** The user's role in it. */
  readonly role: string | null;
  readonly roleAllows: boolean;
  readonly planAllows: boolean;
  readonly frozen: Frozen;
  /** Microseconds since 1970, for pages. */
  readonly createdUs: bigint;
}

const select = `
  SELECT m.id::text AS "microdaoId", mm.role, ${bundleHolds(roleBundle)} AS "roleAllows",
         ${bundleHolds("'bundle.plan.' || m.plan")} AS "planAllows",
         ${frozenOf("NULL::uuid", "m.id")} AS frozen, ${microsecondsOf("m.created_at")} AS "createdUs"
    FROM microdaos m
    LEFT JOIN microdao_members mm ON mm.microdao_id = m.id AND mm.user_id = $2::uuid`;

export async function selectMicrodaoRights(
  db: DbClient,
  query: { readonly capability: string; readonly userId: string | null },
  microdaoId: string,
): Promise<MicrodaoRightsRow | undefined> {
  const rows = await db.$queryRawUnsafe<MicrodaoRightsRow[]>(
    `${select} WHERE m.id = $3::uuid`,
    query.capability,
    query.userId,
    microdaoId,
  );
  return rows[0];
}

export interface MicrodaoRange {
  /** Where the page before ended. */
  readonly after: { readonly createdUs: bigint; readonly id: string } | null;
  readonly limit: number;
}

/** The same for many, oldest first: those that the user is in, or all when there is no user; `only` limits it to one. */
export async function selectManyMicrodaoRights(
  db: DbClient,
  query: { readonly capability: string; readonly userId: string | null; readonly only: string | null },
  range: MicrodaoRange,
): Promise<MicrodaoRightsRow[]> {
  return db.$queryRawUnsafe<MicrodaoRightsRow[]>(
    `${select}
      WHERE ($2::uuid IS NULL OR mm.user_id IS NOT NULL) AND ($3::uuid IS NULL OR m.id = $3::uuid)
        AND ($4::bigint IS NULL OR (m.created_at, m.id) > (${timeOfMicroseconds("$4")}, $5::uuid))
      ORDER BY m.created_at, m.id LIMIT $6`,
    query.capability,
    query.userId,
    query.only,
    range.after?.createdUs ?? null,
    range.after?.id ?? null,
    range.limit,
  );
}
