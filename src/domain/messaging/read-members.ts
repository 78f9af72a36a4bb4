import { type DbClient, microsecondsOf } from "../../db/index.ts";
import type { Membership } from "./facts.ts";

/** A member of a channel as readers see it. Ids are uuids. */
export interface MemberView {
  /** The row's own id; pages are ordered by it. */
  readonly id: string;
  readonly isAgent: boolean;
  readonly memberId: string;
  readonly externalId: string;
  readonly matrixId: string | null;
  readonly displayName: string | null;
  readonly avatarUrl: string | null;
  readonly role: "owner" | "admin" | "member" | "guest" | "agent";
  readonly membership: Membership;
  readonly joinedUs: bigint | null;
  readonly leftUs: bigint | null;
}

export interface MemberRange {
  readonly channelId: string;
  /** Null for every membership there is or was. */
  readonly membership: Membership | null;
  /** The id of the last row of the page before. */
  readonly after: string | null;
  readonly limit: number;
}

/** One page of a channel's members, in a fixed order. One statement. */
export async function listMembers(db: DbClient, range: MemberRange): Promise<MemberView[]> {
  return db.$queryRawUnsafe<MemberView[]>(
    `SELECT cm.id::text AS id, cm.member_agent_id IS NOT NULL AS "isAgent",
            coalesce(cm.member_agent_id, cm.member_user_id)::text AS "memberId",
            coalesce(a.external_id, u.external_id) AS "externalId", coalesce(a.matrix_id, u.matrix_id) AS "matrixId",
            coalesce(cm.display_name, u.display_name, a.name) AS "displayName",
            coalesce(cm.avatar_url, u.avatar_url, a.avatar_url) AS "avatarUrl", cm.role, cm.membership,
            ${microsecondsOf("cm.joined_at")} AS "joinedUs", ${microsecondsOf("cm.left_at")} AS "leftUs"
       FROM channel_members cm
       LEFT JOIN users u ON u.id = cm.member_user_id
       LEFT JOIN agents a ON a.id = cm.member_agent_id
      WHERE cm.channel_id = $1::uuid
        AND ($2::text IS NULL OR cm.membership = $2)
        AND ($3::uuid IS NULL OR cm.id > $3::uuid)
      ORDER BY cm.id LIMIT $4`,
    range.channelId,
    range.membership,
    range.after,
    range.limit,
  );
}
