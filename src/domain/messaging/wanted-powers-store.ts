import type { Tx } from "../../db/index.ts";

/** A power level that somebody is to have in a room. */
export interface WantedPower {
  /** A Matrix id. */
  readonly userId: string;
  readonly level: number;
}

/** Writes down one level for several rooms; what was wanted for the same person before is forgotten. Unknown rooms are left out. */
export async function upsertWantedPowers(
  tx: Tx,
  { userId, level, roomIds }: WantedPower & { readonly roomIds: readonly string[] },
): Promise<string[]> {
  const rows = await tx.db.$queryRawUnsafe<{ roomId: string }[]>(
    `INSERT INTO matrix.wanted_powers AS w (room_id, user_id, level, asked_at)
     SELECT r.room_id, $2, $3, $4 FROM matrix.rooms r
      WHERE r.room_id = ANY($1::text[]) AND r.status = 'joined' ORDER BY r.room_id
     ON CONFLICT (room_id, user_id) DO UPDATE SET (level, asked_at, lacking) = (EXCLUDED.level, EXCLUDED.asked_at, NULL)
     RETURNING w.room_id AS "roomId"`,
    roomIds,
    userId,
    level,
    tx.now,
  );
  return rows.map(({ roomId }) => roomId);
}

/** What is wanted in a room, for whoever holds it now. */
export interface ClaimedPowers {
  readonly wanted: readonly WantedPower[];
  readonly isSpace: boolean;
  /** uuid of the microDAO whose channel or space it is. */
  readonly microdaoId: string | null;
}

/**
 * Takes a room for `leaseMs`; undefined when somebody else has it, or when nothing is wanted there. The room's row is locked
 * first, so that what another one has written, or let go of, is seen.
 */
export async function claimWantedPowers(
  tx: Tx,
  roomId: string,
  leaseMs: number,
): Promise<ClaimedPowers | undefined> {
  const [room] = await lockRoom(tx, roomId);
  if (room === undefined) return undefined;
  const wanted = await tx.db.$queryRawUnsafe<WantedPower[]>(
    `UPDATE matrix.wanted_powers SET leased_until = $3
      WHERE room_id = $1 AND NOT EXISTS (
        SELECT FROM matrix.wanted_powers h WHERE h.room_id = $1 AND h.leased_until > $2)
      RETURNING user_id AS "userId", level`,
    roomId,
    tx.now,
    new Date(tx.now.getTime() + leaseMs),
  );
  return wanted.length === 0 ? undefined : { ...room, wanted };
}

function lockRoom(tx: Tx, roomId: string): Promise<Omit<ClaimedPowers, "wanted">[]> {
  return tx.db.$queryRawUnsafe(
    `SELECT r.channel_id IS NULL AS "isSpace",
            coalesce((SELECT c.microdao_id FROM channels c WHERE c.id = r.channel_id),
                     (SELECT d.id FROM microdaos d WHERE d.matrix_space_id = r.room_id LIMIT 1))::text AS "microdaoId"
       FROM matrix.rooms r WHERE r.room_id = $1 FOR NO KEY UPDATE OF r`,
    roomId,
  );
}

/** What is no longer wanted, unless somebody has asked for another level meanwhile. */
export async function deleteWantedPowers(
  tx: Tx,
  roomId: string,
  settled: readonly WantedPower[],
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `DELETE FROM matrix.wanted_powers w USING jsonb_to_recordset($2::jsonb) AS s("userId" text, level int)
      WHERE w.room_id = $1 AND w.user_id = s."userId" AND w.level = s.level`,
    roomId,
    JSON.stringify(settled),
  );
}

/** Says what is lacking, unless another level is wanted meanwhile. Gives those of whom it was not known. */
export async function updateLacking(
  tx: Tx,
  roomId: string,
  lacking: readonly LackingPower[],
): Promise<LackingPower[]> {
  return tx.db.$queryRawUnsafe<LackingPower[]>(
    `UPDATE matrix.wanted_powers w SET lacking = s.lacking
       FROM jsonb_to_recordset($2::jsonb) AS s("userId" text, level int, lacking text)
      WHERE w.room_id = $1 AND w.user_id = s."userId" AND w.level = s.level AND w.lacking IS DISTINCT FROM s.lacking
      RETURNING w.user_id AS "userId", w.level, w.lacking`,
    roomId,
    JSON.stringify(lacking),
  );
}

export interface LackingPower extends WantedPower {
  /** In words for people. */
  readonly lacking: string;
}

/** Lets go of a room; whether something is wanted there that nobody has tried. The room's row is locked first. */
export async function releaseWantedPowers(tx: Tx, roomId: string): Promise<boolean> {
  await lockRoom(tx, roomId);
  const rows = await tx.db.$queryRawUnsafe<{ untried: boolean }[]>(
    `UPDATE matrix.wanted_powers SET leased_until = NULL WHERE room_id = $1 RETURNING lacking IS NULL AS untried`,
    roomId,
  );
  return rows.some(({ untried }) => untried);
}

/** Rooms in which something was asked for before `before` and is not tried, and which nobody holds. */
export async function selectStalledPowers(tx: Tx, before: Date): Promise<string[]> {
  const rows = await tx.db.$queryRawUnsafe<{ roomId: string }[]>(
    `SELECT DISTINCT o.room_id AS "roomId"
       FROM (SELECT w.room_id, w.leased_until FROM matrix.wanted_powers w
              WHERE w.lacking IS NULL AND w.asked_at < $1 ORDER BY w.asked_at LIMIT 1000) o
      WHERE o.leased_until IS NULL OR o.leased_until <= $2`,
    before,
    tx.now,
  );
  return rows.map(({ roomId }) => roomId);
}
