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

/** Codes of the capabilities that the plan of a microDAO holds and, for a user, the user's role in it as well. */
export async function selectHeldCapabilities(
  db: DbClient,
  { microdaoId, userId }: { readonly microdaoId: string; readonly userId: string | null },
): Promise<ReadonlySet<string>> {
  const held = (name: string) => `EXISTS (
    SELECT FROM bundles b JOIN bundle_caps bc ON bc.bundle_id = b.id WHERE b.name = ${name} AND bc.cap_id = cap.id)`;
  const rows = await db.$queryRawUnsafe<{ code: string }[]>(
    `SELECT cap.code
       FROM microdaos m
       LEFT JOIN microdao_members mm ON mm.microdao_id = m.id AND mm.user_id = $2::uuid
      CROSS JOIN capabilities cap
      WHERE m.id = $1::uuid AND ${held("'bundle.plan.' || m.plan")} AND ($2::uuid IS NULL OR ${held(roleBundle)})`,
    microdaoId,
    userId,
  );
  return new Set(rows.map(({ code }) => code));
}

/** The microDAO (uuid) of a team. */
export async function selectTeamMicrodao(db: DbClient, teamId: string): Promise<string | undefined> {
  const rows = await db.$queryRawUnsafe<{ microdaoId: string }[]>(
    `SELECT microdao_id::text AS "microdaoId" FROM teams WHERE id = $1`,
    teamId,
  );
  return rows[0]?.microdaoId;
}
