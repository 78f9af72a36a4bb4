import { type DbClient, microsecondsOf, timeOfMicroseconds } from "../../db/index.ts";
import type { AgentStatus } from "./agents-store.ts";
import type { ChannelFacts } from "./authorize.ts";
import { bundleHolds, type ChannelRightsQuery, roleBundle } from "./channel-rights-store.ts";
import { frozenOf } from "./freezes-store.ts";

/** What the database knows about one subject and one place where agents are: a microDAO, or a team of it. */
export type AgentPlaceRow = Omit<ChannelFacts, "visibility" | "membership">;

const facts = (microdao: string, team: string) => `
  ${microdao}.id::text AS "microdaoId", ${team}.id AS "teamId", ${team}.mode AS "teamMode", mm.role,
  EXISTS (SELECT 1 FROM team_members tm WHERE tm.team_id = ${team}.id AND tm.user_id = $2::uuid) AS "inTeam",
  ${bundleHolds(roleBundle)} AS "roleAllows", ${bundleHolds("'bundle.plan.' || m.plan")} AS "planAllows",
  ${frozenOf("NULL::uuid", `${microdao}.id`)} AS frozen`;

/** Undefined when there is no such microDAO, or the team is not a part of it. */
export async function selectAgentPlace(
  db: DbClient,
  { capability, userId }: ChannelRightsQuery,
  place: { readonly microdaoId: string; readonly teamId: string | null },
): Promise<AgentPlaceRow | undefined> {
  const rows = await db.$queryRawUnsafe<AgentPlaceRow[]>(
    `SELECT ${facts("m", "t")}
       FROM microdaos m
       LEFT JOIN teams t ON t.id = $4 AND t.microdao_id = m.id
       LEFT JOIN microdao_members mm ON mm.microdao_id = m.id AND mm.user_id = $2::uuid
      WHERE m.id = $3::uuid AND ($4::text IS NULL OR t.id IS NOT NULL)`,
    capability,
    userId,
    place.microdaoId,
    place.teamId,
  );
  return rows[0];
}

export interface AgentRange {
  readonly microdaoId: string | null;
  readonly status: AgentStatus | null;
  readonly after: { readonly createdUs: bigint; readonly id: string } | null;
  readonly limit: number;
}

export type AgentRightsRow = AgentPlaceRow & {
  readonly id: string;
  readonly createdUs: bigint;
};

/** The next agents of microDAOs, oldest first, with what decides whether they may be seen. */
export async function selectAgentRights(
  db: DbClient,
  { capability, userId }: ChannelRightsQuery,
  range: AgentRange,
): Promise<AgentRightsRow[]> {
  return db.$queryRawUnsafe<AgentRightsRow[]>(
    `SELECT a.id::text AS id, ${microsecondsOf("a.created_at")} AS "createdUs", ${facts("m", "t")}
       FROM agents a
       JOIN microdaos m ON m.id = a.microdao_id
       LEFT JOIN teams t ON t.id = a.team_id
       LEFT JOIN microdao_members mm ON mm.microdao_id = m.id AND mm.user_id = $2::uuid
      WHERE ($3::uuid IS NULL OR a.microdao_id = $3::uuid) AND ($4::text IS NULL OR a.status = $4)
        AND ($5::bigint IS NULL OR (a.created_at, a.id) > (${timeOfMicroseconds("$5")}, $6::uuid))
      ORDER BY a.created_at, a.id LIMIT $7`,
    capability,
    userId,
    range.microdaoId,
    range.status,
    range.after?.createdUs ?? null,
    range.after?.id ?? null,
    range.limit,
  );
}

/** The user (uuid) with this Matrix id, if it is a member of the microDAO. */
export async function selectMember(
  db: DbClient,
  microdaoId: string,
  matrixId: string,
): Promise<string | undefined> {
  const rows = await db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT u.id::text AS id FROM users u
       JOIN microdao_members mm ON mm.user_id = u.id AND mm.microdao_id = $1::uuid
      WHERE u.matrix_id = $2`,
    microdaoId,
    matrixId,
  );
  return rows[0]?.id;
}
