import type { DbClient } from "../../db/index.ts";

/** How whole the mirror of a channel's present room is, as its history and its ledger say. */
export interface Completeness {
  /**
   * `complete`: nothing was missing from the beginning to `provenTo`, when it was last compared; `reading`: its history is
   * being read back; `checking`: a comparison has been begun and is not done; `unproven`: it was never compared to the
   * end; `stopped`: reading the history or comparing did not work.
   */
  readonly status: "complete" | "reading" | "checking" | "unproven" | "stopped";
  /** Whether the history has been read to the beginning of the room, or to where the bot may look. */
  readonly historyRead: boolean;
  /** When the newest event was sent up to which nothing is missing. */
  readonly provenTo: Date | null;
  readonly openGaps: number;
  readonly checkedAt: Date | null;
  readonly stateCheckedAt: Date | null;
  /** Events that the homeserver never pushed and that comparing found. */
  readonly found: number;
}

/** Undefined when the channel has no room. */
export async function readCompleteness(db: DbClient, channelId: string): Promise<Completeness | undefined> {
  const rows = await db.$queryRawUnsafe<Completeness[]>(
    `SELECT CASE WHEN b.status = 'failed' OR l.error IS NOT NULL THEN 'stopped'
                 WHEN b.status IS DISTINCT FROM 'done' THEN 'reading'
                 WHEN l.gap_token IS NOT NULL THEN 'checking'
                 WHEN l.checked_at IS NULL THEN 'unproven'
                 ELSE 'complete' END AS status,
            coalesce(b.status = 'done', false) AS "historyRead",
            to_timestamp(l.head_ts / 1000.0) AS "provenTo",
            (l.gap_token IS NOT NULL)::int AS "openGaps",
            l.checked_at AS "checkedAt", l.state_checked_at AS "stateCheckedAt", coalesce(l.found, 0)::float8 AS found
       FROM channels c
       JOIN matrix.rooms r ON r.room_id = c.matrix_room_id
       LEFT JOIN matrix.backfills b ON b.room_id = r.room_id
       LEFT JOIN matrix.ledgers l ON l.room_id = r.room_id
      WHERE c.id = $1::uuid`,
    channelId,
  );
  return rows[0];
}
