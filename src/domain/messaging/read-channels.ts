import type { DbClient } from "../../db/index.ts";

/** A channel as readers see it. Ids are uuids. */
export interface ChannelView {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly topic: string | null;
  readonly microdaoId: string;
  readonly microdaoExternalId: string;
  readonly teamId: string | null;
  readonly matrixRoomId: string | null;
  /** Why its room could not be made, or what it lacks. */
  readonly problem: string | null;
  /** The room before this one, when that was upgraded. */
  readonly previousMatrixRoomId: string | null;
  /** The room that is to replace its room, when a tombstone names one that could not be entered yet. */
  readonly upgrade: { readonly matrixRoomId: string; readonly reason: string | null } | null;
  readonly visibility: "public" | "private" | "microdao";
  readonly status: "creating" | "failed" | "active" | "unlinked" | "archived";
  readonly encrypted: boolean;
  readonly avatarUrl: string | null;
  readonly canonicalAlias: string | null;
  readonly joinRule: string | null;
  readonly historyVisibility: string | null;
  readonly roomVersion: string | null;
  readonly roomType: string | null;
  readonly createdAt: Date;
  readonly unlinkedAt: Date | null;
}

/** These channels, in the order of their ids' list. Unknown ids are left out. One statement. */
export async function readChannels(db: DbClient, ids: readonly string[]): Promise<ChannelView[]> {
  if (ids.length === 0) return [];
  return db.$queryRawUnsafe<ChannelView[]>(
    `SELECT c.id::text AS id, c.slug, c.name, c.topic, c.microdao_id::text AS "microdaoId",
            m.external_id AS "microdaoExternalId", c.team_id AS "teamId", c.matrix_room_id AS "matrixRoomId",
            c.visibility, c.status, c.encrypted, c.avatar_url AS "avatarUrl", c.canonical_alias AS "canonicalAlias",
            c.join_rule AS "joinRule", c.history_visibility AS "historyVisibility", c.room_version AS "roomVersion",
            c.room_type AS "roomType", c.created_at AS "createdAt", c.unlinked_at AS "unlinkedAt",
            (SELECT n.error FROM matrix.new_rooms n WHERE n.id = c.id) AS problem,
            (SELECT r.predecessor_room_id FROM matrix.rooms r WHERE r.room_id = c.matrix_room_id) AS "previousMatrixRoomId",
            (SELECT json_build_object('matrixRoomId', u.successor_room_id, 'reason', u.reason)
               FROM matrix.room_upgrades u
              WHERE u.room_id = c.matrix_room_id AND u.status IN ('following', 'waiting')
              ORDER BY u.created_at DESC LIMIT 1) AS upgrade
       FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted(id, place)
       JOIN channels c ON c.id = wanted.id
       JOIN microdaos m ON m.id = c.microdao_id
      ORDER BY wanted.place`,
    ids,
  );
}
