import type { DbClient } from "./tx.ts";

/**
 * Where a reader of the outbox stands: the last row it has taken. Rows are read by (transaction, id), and only those of
 * transactions that began to write before all that are still open: whatever commits later comes behind them, so no row
 * appears in front of a reader's place.
 */
export interface OutboxPlace {
  readonly txid: bigint;
  readonly id: string;
}

/** An event, as it may be told now. Ids are as in the envelope, with their prefix. */
export interface OutboxRow extends OutboxPlace {
  readonly topic: string;
  readonly channelId: string | null;
  readonly microdaoId: string | null;
  readonly teamId: string | null;
  /** The envelope, as JSON on one line. */
  readonly envelope: string;
}

export interface OutboxPage {
  readonly rows: readonly OutboxRow[];
  /** Committed rows are left out because an older transaction is still open. */
  readonly held: boolean;
}

/** Before every row. */
export const outboxBeginning: OutboxPlace = { txid: -(2n ** 62n), id: "" };

/** Whether `a` lies before `b`. */
export function isBefore(a: OutboxPlace, b: OutboxPlace): boolean {
  return a.txid === b.txid ? a.id < b.id : a.txid < b.txid;
}

const oldestOpen = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint";

/**
 * The next rows after a place, `limit` at most. One statement: the index alone says up to which transaction the page can
 * reach, and only what lies before that is looked at and sorted, however many rows follow.
 */
export async function readOutbox(db: DbClient, after: OutboxPlace, limit: number): Promise<OutboxPage> {
  const found = await db.$queryRawUnsafe<[{ held: boolean; rows: StoredRow[] }]>(
    `WITH bound AS MATERIALIZED (
       SELECT coalesce(max(txid), $1::bigint) AS last FROM (
         SELECT txid FROM outbox_events WHERE txid > $1::bigint AND txid < ${oldestOpen}
          ORDER BY txid LIMIT $3::int) following
     ), page AS MATERIALIZED (
       SELECT o.txid, o.id
         FROM outbox_events o
        WHERE o.txid >= $1::bigint AND o.txid <= (SELECT last FROM bound) AND (o.txid > $1::bigint OR o.id COLLATE "C" > $2)
        ORDER BY o.txid, o.id COLLATE "C" LIMIT $3::int
     ), told AS MATERIALIZED ( -- each put together once, however often it is looked into
       SELECT e.txid, e.id, e.topic, e.envelope FROM page JOIN outbox_envelopes e USING (id))
     SELECT EXISTS (SELECT FROM outbox_events WHERE txid >= ${oldestOpen}) AS held,
            coalesce((SELECT json_agg(json_build_object('txid', txid::text, 'id', id, 'topic', topic,
                        'channelId', envelope #>> '{payload,channel_id}', 'microdaoId', envelope #>> '{meta,microdao_id}',
                        'teamId', envelope #>> '{meta,team_id}', 'envelope', envelope::text)
                        ORDER BY txid, id COLLATE "C") FROM told), '[]') AS rows`,
    after.txid,
    after.id,
    limit,
  );
  const { held, rows } = found[0];
  return { held, rows: rows.map((row) => ({ ...row, txid: BigInt(row.txid) })) };
}

type StoredRow = Omit<OutboxRow, "txid"> & { readonly txid: string };

/** The place of the last row that may be read now. */
export async function findOutboxEnd(db: DbClient): Promise<OutboxPlace> {
  const rows = await db.$queryRawUnsafe<OutboxPlace[]>(
    `WITH last AS MATERIALIZED (
       SELECT txid FROM outbox_events WHERE txid < ${oldestOpen} ORDER BY txid DESC LIMIT 1)
     SELECT o.txid, o.id FROM last JOIN outbox_events o ON o.txid = last.txid ORDER BY o.id COLLATE "C" DESC LIMIT 1`,
  );
  return rows[0] ?? outboxBeginning;
}

/** The place of an event; undefined when its row is gone, or older than the order. */
export async function findOutboxPlace(db: DbClient, id: string): Promise<OutboxPlace | undefined> {
  const rows = await db.$queryRawUnsafe<OutboxPlace[]>(
    "SELECT txid, id FROM outbox_events WHERE id = $1 AND txid IS NOT NULL",
    id,
  );
  return rows[0];
}
