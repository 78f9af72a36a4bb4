import type { DbClient, Tx } from "../../db/index.ts";

/** An event that a room is mirrored up to. */
export interface Head {
  readonly eventId: string;
  /** Milliseconds since 1970. */
  readonly ts: number;
}

/** What is known of a room's completeness, forward from where its history is read back. */
export interface Ledger {
  readonly roomId: string;
  /** Nothing is missing up to this event; null when that was never proven. */
  readonly headEventId: string | null;
  /** Where a check that was begun goes on; null when none is open. */
  readonly gapToken: string | null;
  /** What becomes the head when that check ends. */
  readonly gapHeadEventId: string | null;
  readonly gapHeadTs: number | null;
  /** Whether that check has come past the head. */
  readonly gapReached: boolean;
  /** Whether the history behind the head has been read to the beginning. */
  readonly historyDone: boolean;
  /** Whether state and members are to be compared as well. */
  readonly stateDue: boolean;
  readonly activeAt: Date | null;
}

/** A claim of one room. Whoever holds it works; when it runs out another may. */
export interface Claim {
  readonly roomId: string;
  readonly lease: string;
}

const mirrored = `r.mirrored AND r.channel_id IS NOT NULL AND r.status = 'joined'`;
const leaseSeconds = 60;

/** A ledger for every mirrored room that has none; it is due at once. */
export async function ensureLedgers(tx: Tx): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.ledgers (room_id, due_at, state_due_at)
     SELECT r.room_id, $1, $1 FROM matrix.rooms r
      WHERE ${mirrored} AND NOT EXISTS (SELECT 1 FROM matrix.ledgers l WHERE l.room_id = r.room_id)
     ON CONFLICT (room_id) DO NOTHING`,
    tx.now,
  );
}

/** A room is due now, its state and members too if so wished. */
export async function makeDue(tx: Tx, roomId: string, { state }: { state: boolean }): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.ledgers (room_id, due_at, state_due_at) VALUES ($1, $2, $2)
     ON CONFLICT (room_id) DO UPDATE
       SET due_at = least(matrix.ledgers.due_at, $2), asked_at = NULL,
           state_due_at = CASE WHEN $3::boolean THEN least(matrix.ledgers.state_due_at, $2)
                               ELSE matrix.ledgers.state_due_at END`,
    roomId,
    tx.now,
    state,
  );
}

/** Every room is due at `at`, unless it is sooner; `activeSince`: only those in which something happened since. */
export async function makeAllDue(tx: Tx, at: Date, activeSince: Date | null): Promise<number> {
  return tx.db.$executeRawUnsafe(
    `UPDATE matrix.ledgers SET due_at = $1
      WHERE due_at > $1 AND ($2::timestamptz IS NULL OR active_at >= $2::timestamptz)`,
    at,
    activeSince,
  );
}

/**
 * After the homeserver has pushed nothing for `silenceMs`, rooms in which something happened in the last day are due,
 * once for each silence.
 */
export async function makeSilentDue(tx: Tx, silenceMs: number): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.ledgers l SET due_at = $1
       FROM (SELECT last_txn_at + make_interval(secs => $2::int / 1000) AS heard FROM matrix.bridge) b
      WHERE b.heard < $1 AND l.checked_at < b.heard AND l.due_at > $1
        AND l.active_at > $1::timestamptz - interval '1 day'`,
    tx.now,
    silenceMs,
  );
}

/** Rooms that are due and that nobody has been asked for lately. They count as asked for, so each is found once. */
export async function takeDue(
  tx: Tx,
  { most, askAgain }: { most: number; askAgain: Date },
): Promise<string[]> {
  const rows = await tx.db.$queryRawUnsafe<{ roomId: string }[]>(
    `UPDATE matrix.ledgers SET asked_at = $1
      WHERE room_id = ANY(ARRAY(
              SELECT l.room_id FROM matrix.ledgers l JOIN matrix.rooms r USING (room_id)
               WHERE l.due_at <= $1 AND (l.asked_at IS NULL OR l.asked_at < $2) AND ${mirrored}
                 AND (l.leased_until IS NULL OR l.leased_until < $1)
               ORDER BY l.due_at LIMIT $3::int FOR UPDATE OF l SKIP LOCKED))
      RETURNING room_id AS "roomId"`,
    tx.now,
    askAgain,
    most,
  );
  return rows.map(({ roomId }) => roomId);
}

const ledgerColumns = `l.room_id AS "roomId", l.head_event_id AS "headEventId", l.gap_token AS "gapToken",
  l.gap_head_event_id AS "gapHeadEventId", l.gap_head_ts::float8 AS "gapHeadTs", l.gap_reached AS "gapReached",
  EXISTS (SELECT 1 FROM matrix.backfills b WHERE b.room_id = l.room_id AND b.status = 'done') AS "historyDone",
  l.state_due_at <= $2 AS "stateDue", l.active_at AS "activeAt"`;

/** Takes a room for a while. Undefined when somebody else has it or it is not mirrored. */
export async function claimLedger(tx: Tx, { roomId, lease }: Claim): Promise<Ledger | undefined> {
  const rows = await tx.db.$queryRawUnsafe<Ledger[]>(
    `UPDATE matrix.ledgers l SET lease = $3, leased_until = $2::timestamptz + interval '${leaseSeconds} seconds'
       FROM matrix.rooms r
      WHERE l.room_id = $1 AND r.room_id = $1 AND ${mirrored} AND (l.lease IS NULL OR l.leased_until < $2)
      RETURNING ${ledgerColumns}`,
    roomId,
    tx.now,
    lease,
  );
  return rows[0];
}

/** Keeps a room for another while. False when it is not the claimant's any more. */
export async function renewClaim(tx: Tx, { roomId, lease }: Claim): Promise<boolean> {
  const changed = await tx.db.$executeRawUnsafe(
    `UPDATE matrix.ledgers SET leased_until = $3::timestamptz + interval '${leaseSeconds} seconds'
      WHERE room_id = $1 AND lease = $2`,
    roomId,
    lease,
    tx.now,
  );
  return changed > 0;
}

/** A check that has recorded a page and is not at its end. False when the room is not the claimant's any more. */
export async function keepPlace(
  tx: Tx,
  { roomId, lease }: Claim,
  place: { token: string; head: Head | undefined; reached: boolean; found: number },
): Promise<boolean> {
  const changed = await tx.db.$executeRawUnsafe(
    `UPDATE matrix.ledgers
        SET gap_token = $3, gap_head_event_id = $4, gap_head_ts = $5::bigint, found = found + $6::int,
            gap_reached = $8::boolean, gap_opened_at = coalesce(gap_opened_at, $7), leased_until = $7::timestamptz + interval '${leaseSeconds} seconds'
      WHERE room_id = $1 AND lease = $2`,
    roomId,
    lease,
    place.token,
    place.head?.eventId ?? null,
    place.head?.ts ?? null,
    place.found,
    tx.now,
    place.reached,
  );
  return changed > 0;
}

/** A check has reached what was proven before: everything up to `head` is here. False: see `keepPlace`. */
export async function closeGap(
  tx: Tx,
  { roomId, lease }: Claim,
  closed: { head: Head | undefined; found: number },
): Promise<boolean> {
  const changed = await tx.db.$executeRawUnsafe(
    `UPDATE matrix.ledgers
        SET active_at = CASE WHEN head_event_id IS DISTINCT FROM coalesce($3, head_event_id) THEN $6 ELSE active_at END,
            head_event_id = coalesce($3, head_event_id),
            head_ts = CASE WHEN $3::text IS NULL THEN head_ts ELSE $4::bigint END,
            gap_token = NULL, gap_head_event_id = NULL, gap_head_ts = NULL, gap_reached = false, gap_opened_at = NULL,
            found = found + $5::int, leased_until = $6::timestamptz + interval '${leaseSeconds} seconds'
      WHERE room_id = $1 AND lease = $2`,
    roomId,
    lease,
    closed.head?.eventId ?? null,
    closed.head?.ts ?? null,
    closed.found,
    tx.now,
  );
  return changed > 0;
}

/** The homeserver does not know the token any more: the check begins again at the present. */
export async function dropGap(tx: Tx, { roomId, lease }: Claim): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.ledgers SET gap_token = NULL, gap_head_event_id = NULL, gap_head_ts = NULL, gap_reached = false, gap_opened_at = NULL
      WHERE room_id = $1 AND lease = $2`,
    roomId,
    lease,
  );
}

/** State and members have been compared. */
export async function noteStateCheck(
  tx: Tx,
  { roomId, lease }: Claim,
  done: { found: number; nextAt: Date },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.ledgers SET state_checked_at = $3, state_due_at = $4, found = found + $5::int,
            leased_until = $3::timestamptz + interval '${leaseSeconds} seconds'
      WHERE room_id = $1 AND lease = $2`,
    roomId,
    lease,
    tx.now,
    done.nextAt,
    done.found,
  );
}

/** Ends a claim after a whole check. Somebody who asked for another one meanwhile is not forgotten. */
export async function endCheck(
  tx: Tx,
  { roomId, lease }: Claim,
  times: { begun: Date; nextAt: Date },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.ledgers
        SET lease = NULL, leased_until = NULL, asked_at = NULL, error = NULL, checked_at = $3, checks = checks + 1,
            due_at = CASE WHEN due_at > $4 AND due_at < $5 THEN due_at ELSE $5 END
      WHERE room_id = $1 AND lease = $2`,
    roomId,
    lease,
    tx.now,
    times.begun,
    times.nextAt,
  );
}

/** Ends a claim in the middle of a check; the next one goes on at `nextAt`. */
export async function suspendCheck(
  tx: Tx,
  { roomId, lease }: Claim,
  { nextAt, error }: { nextAt: Date; error: string | null },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.ledgers SET lease = NULL, leased_until = NULL, asked_at = NULL, due_at = $3, error = $4
      WHERE room_id = $1 AND lease = $2`,
    roomId,
    lease,
    nextAt,
    error?.slice(0, 500) ?? null,
  );
}

/**
 * The history of a room is read from the present on: from this event back nothing will be missing once it is done, so a
 * check needs to reach no further.
 */
export async function noteHead(tx: Tx, roomId: string, head: Head): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.ledgers (room_id, head_event_id, head_ts, active_at, due_at, state_due_at)
     VALUES ($1, $2, $3::bigint, $4, $4::timestamptz + interval '15 minutes', $4::timestamptz + interval '1 day')
     ON CONFLICT (room_id) DO UPDATE
       SET head_event_id = $2, head_ts = $3::bigint, active_at = $4,
           gap_token = NULL, gap_head_event_id = NULL, gap_head_ts = NULL, gap_reached = false, gap_opened_at = NULL`,
    roomId,
    head.eventId,
    head.ts,
    tx.now,
  );
}

export interface LedgerRow {
  readonly headEventId: string | null;
  readonly checkedAt: Date | null;
  readonly stateCheckedAt: Date | null;
  readonly found: number;
  readonly error: string | null;
  readonly gapOpenedAt: Date | null;
}

export async function findLedger(db: DbClient, roomId: string): Promise<LedgerRow | undefined> {
  const rows = await db.$queryRawUnsafe<LedgerRow[]>(
    `SELECT head_event_id AS "headEventId", checked_at AS "checkedAt", state_checked_at AS "stateCheckedAt",
            found::float8 AS found, error, gap_opened_at AS "gapOpenedAt"
       FROM matrix.ledgers WHERE room_id = $1`,
    roomId,
  );
  return rows[0];
}
