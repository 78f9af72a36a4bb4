import { type DbClient, microsecondsOf, timeOfMicroseconds } from "../../db/index.ts";
import type { DecisionInput, Membership } from "./decide.ts";
import { type Frozen, frozenOf } from "./freezes-store.ts";

/** What the database knows about one subject and one channel. */
export interface ChannelRightsRow {
  readonly channelId: string;
  readonly microdaoId: string;
  readonly teamId: string | null;
  readonly status: "creating" | "failed" | "active" | "unlinked" | "archived";
  readonly visibility: DecisionInput["visibility"];
  readonly teamMode: DecisionInput["teamMode"];
  /** The user's role in the channel's microDAO. */
  readonly role: string | null;
  readonly membership: Membership | null;
  readonly inTeam: boolean;
  readonly roleAllows: boolean;
  readonly planAllows: boolean;
  readonly frozen: Frozen;
  /** Microseconds since 1970, for pages. */
  readonly createdUs: bigint;
}

export interface ChannelRightsQuery {
  readonly capability: string;
  readonly userId: string | null;
  readonly agentId: string | null;
}

/** `owner` is the role Owner, `admin` Guardian, `member` Member; a guest, or nobody of the microDAO, is a Visitor. */
export const roleBundle = `'bundle.role.' || CASE mm.role WHEN 'owner' THEN 'Owner' WHEN 'admin' THEN 'Guardian'
  WHEN 'member' THEN 'Member' ELSE 'Visitor' END`;

export const bundleHolds = (name: string) => `EXISTS (
    SELECT 1 FROM bundles b JOIN bundle_caps bc ON bc.bundle_id = b.id JOIN capabilities cap ON cap.id = bc.cap_id
     WHERE b.name = ${name} AND cap.code = $1)`;

const select = `
  SELECT c.id::text AS "channelId", c.microdao_id::text AS "microdaoId", c.team_id AS "teamId", c.status,
         c.visibility, t.mode AS "teamMode", mm.role,
         coalesce((SELECT membership FROM channel_members WHERE channel_id = c.id AND member_user_id = $2::uuid),
                  (SELECT membership FROM channel_members WHERE channel_id = c.id AND member_agent_id = $3::uuid),
                  -- As long as there is no room to be in, the channel is its creator's.
                  CASE WHEN c.status IN ('creating', 'failed')
                            AND (c.created_by_user_id = $2::uuid OR c.created_by_agent_id = $3::uuid) THEN 'join' END)
           AS membership,
         EXISTS (SELECT 1 FROM team_members tm WHERE tm.team_id = c.team_id AND tm.user_id = $2::uuid) AS "inTeam",
         ${bundleHolds(roleBundle)} AS "roleAllows",
         ${bundleHolds("'bundle.plan.' || m.plan")} AS "planAllows",
         ${frozenOf("c.id", "c.microdao_id")} AS frozen,
         ${microsecondsOf("c.created_at")} AS "createdUs"
    FROM channels c
    JOIN microdaos m ON m.id = c.microdao_id
    LEFT JOIN teams t ON t.id = c.team_id
    LEFT JOIN microdao_members mm ON mm.microdao_id = c.microdao_id AND mm.user_id = $2::uuid`;

export async function selectChannelRights(
  db: DbClient,
  query: ChannelRightsQuery,
  channelId: string,
): Promise<ChannelRightsRow | undefined> {
  const rows = await db.$queryRawUnsafe<ChannelRightsRow[]>(
    `${select} WHERE c.id = $4::uuid`,
    query.capability,
    query.userId,
    query.agentId,
    channelId,
  );
  return rows[0];
}

/** The same for these channels, in any order. Those that are not there are left out. */
export async function selectRightsOfChannels(
  db: DbClient,
  query: ChannelRightsQuery,
  channelIds: readonly string[],
): Promise<ChannelRightsRow[]> {
  return db.$queryRawUnsafe<ChannelRightsRow[]>(
    `${select} WHERE c.id = ANY($4::uuid[])`,
    query.capability,
    query.userId,
    query.agentId,
    channelIds,
  );
}

/** What the database knows about one subject and one microDAO as a whole. */
export interface MicrodaoRightsRow {
  readonly microdaoId: string;
  readonly role: string | null;
  readonly roleAllows: boolean;
  readonly planAllows: boolean;
  readonly frozen: Frozen;
}

export async function selectRightsOfMicrodaos(
  db: DbClient,
  { capability, userId }: ChannelRightsQuery,
  microdaoIds: readonly string[],
): Promise<MicrodaoRightsRow[]> {
  return db.$queryRawUnsafe<MicrodaoRightsRow[]>(
    `SELECT m.id::text AS "microdaoId", mm.role, ${bundleHolds(roleBundle)} AS "roleAllows",
            ${bundleHolds("'bundle.plan.' || m.plan")} AS "planAllows",
            ${frozenOf("NULL::uuid", "m.id")} AS frozen
       FROM microdaos m
       LEFT JOIN microdao_members mm ON mm.microdao_id = m.id AND mm.user_id = $2::uuid
      WHERE m.id = ANY($3::uuid[])`,
    capability,
    userId,
    microdaoIds,
  );
}

export interface ChannelRange {
  readonly microdaoId: string | null;
  /** Where the page before ended. */
  readonly after: { readonly createdUs: bigint; readonly id: string } | null;
  readonly limit: number;
}

/** The same for many channels, oldest first. */
export async function selectManyChannelRights(
  db: DbClient,
  query: ChannelRightsQuery,
  range: ChannelRange,
): Promise<ChannelRightsRow[]> {
  return db.$queryRawUnsafe<ChannelRightsRow[]>(
    `${select}
      WHERE ($4::uuid IS NULL OR c.microdao_id = $4::uuid)
        AND ($5::bigint IS NULL OR (c.created_at, c.id) > (${timeOfMicroseconds("$5")}, $6::uuid))
      ORDER BY c.created_at, c.id LIMIT $7`,
    query.capability,
    query.userId,
    query.agentId,
    range.microdaoId,
    range.after?.createdUs ?? null,
    range.after?.id ?? null,
    range.limit,
  );
}
