import type { StatementPart, Tx } from "../../db/index.ts";
import { handleOf, userIdOf } from "./user-ids.ts";

/** A profile that a user had from a moment on, as a join event tells it. */
export interface Profile {
  readonly matrixId: string;
  readonly displayName: string | null;
  readonly avatarUrl: string | null;
  readonly ts: number;
  readonly eventId: string;
}

/** Makes a row of `users` for each Matrix id that has none. Sorted, so that two transactions never wait for each other crosswise. */
export async function ensureMatrixUsers(tx: Tx, matrixIds: readonly string[]): Promise<void> {
  if (matrixIds.length === 0) return;
  const rows = matrixIds.toSorted().map((matrixId) => ({
    id: userIdOf(matrixId),
    matrix_id: matrixId,
    handle: handleOf(matrixId),
  }));
  await tx.db.$executeRawUnsafe(
    `INSERT INTO users (id, matrix_id, handle, created_at)
     SELECT r.id, r.matrix_id, r.handle, $2
       FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, matrix_id text, handle text)
      WHERE (SELECT true FROM users u WHERE u.matrix_id = r.matrix_id LIMIT 1) IS NULL
     ON CONFLICT DO NOTHING`,
    JSON.stringify(rows),
    tx.now,
  );
}

/** Keeps each user's latest profile, by (`ts`, `eventId`), whatever the order they are told in. */
export function profilesPart(profiles: readonly Profile[]): StatementPart<number> {
  return {
    params: [JSON.stringify(profiles)],
    ctes: ($) => `
      latest_profile AS (
        SELECT DISTINCT ON (r."matrixId") r.*
          FROM json_to_recordset(${$(0)}::json)
            AS r("matrixId" text, "displayName" text, "avatarUrl" text, ts bigint, "eventId" text)
         ORDER BY r."matrixId", r.ts DESC, r."eventId" COLLATE "C" DESC
      ), new_profile AS (
        UPDATE users u
           SET display_name = l."displayName", avatar_url = l."avatarUrl", profile_ts = l.ts, profile_event_id = l."eventId"
          FROM latest_profile l
         WHERE u.matrix_id = l."matrixId" AND u.matrix_id = ANY(ARRAY(SELECT "matrixId" FROM latest_profile))
           AND (u.profile_ts IS NULL
                OR (u.profile_ts, u.profile_event_id COLLATE "C") < (l.ts, l."eventId" COLLATE "C"))
        RETURNING u.id)`,
    result: () => "SELECT count(*)::int FROM new_profile",
  };
}

/** Empties the profiles that came from these events, because the events were redacted. */
export async function clearProfiles(tx: Tx, eventIds: readonly string[]): Promise<void> {
  if (eventIds.length === 0) return;
  await tx.db.$executeRawUnsafe(
    "UPDATE users SET display_name = NULL, avatar_url = NULL WHERE profile_event_id = ANY($1::text[])",
    eventIds,
  );
}
