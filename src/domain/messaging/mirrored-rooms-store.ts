import type { StatementPart } from "../../db/index.ts";

/** A room whose events are mirrored, and what decides how. */
export interface MirroredRoom {
  readonly roomId: string;
  readonly channelId: string;
  readonly microdaoId: string;
  readonly teamId: string | null;
  readonly spaceId: string | null;
  /** Confidential teams never have plaintext in the database. */
  readonly confidential: boolean;
  /** What was said before is not kept: it is older than the channel's retention. Milliseconds since 1970, or null. */
  readonly keptFrom: number | null;
  /** What was said from then on is not kept: the channel is encrypted. Milliseconds since 1970, or null. */
  readonly encryptedSince: number | null;
  /** Whether this is the channel's present room, not one it was upgraded from. */
  readonly current: boolean;
  /** Whether messages that name no agent may concern one. */
  readonly listenedTo: boolean;
}

/**
 * The mirrored ones among these rooms, locked with their channels until the transaction ends. Everything that the mirror
 * derives for a channel is derived under this lock, so two writers (push and backfill, two processes, the rooms of an
 * upgrade) never work on one at once. It is taken in the order of channels, so no two transactions wait for each other.
 * The channel is locked for what it says, too: of a row that is not locked, a statement that had to wait shows what it
 * was before the wait.
 */
export function lockRoomsPart(roomIds: readonly string[]): StatementPart<MirroredRoom[]> {
  return {
    params: [roomIds],
    ctes: ($) => `
      room AS MATERIALIZED (
        SELECT r.room_id AS "roomId", r.channel_id AS "channelId", c.microdao_id AS "microdaoId", c.team_id AS "teamId",
               d.matrix_space_id AS "spaceId", COALESCE(t.mode = 'confidential', false) AS confidential,
               extract(epoch FROM c.kept_from) * 1000 AS "keptFrom",
               extract(epoch FROM c.encrypted_since) * 1000 AS "encryptedSince",
               r.successor_room_id IS NULL AS current, c.listened_to AS "listenedTo"
          FROM matrix.rooms r
          JOIN channels c ON c.id = r.channel_id
          JOIN microdaos d ON d.id = c.microdao_id
          LEFT JOIN teams t ON t.id = c.team_id
         WHERE r.room_id = ANY(${$(0)}::text[]) AND r.mirrored
         ORDER BY c.id, r.room_id
           FOR NO KEY UPDATE OF r, c)`,
    result: () => "SELECT COALESCE(json_agg(room), '[]') FROM room",
  };
}
