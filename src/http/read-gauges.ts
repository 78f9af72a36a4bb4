import type { DbClient } from "../db/index.ts";

/** What the database says about the bridge's condition. Each part reads an index that holds only open work. */
export interface GaugeRow {
  readonly parkedEdits: number;
  readonly parkedReactions: number;
  readonly parkedRedactions: number;
  readonly deadLetters: number;
  readonly sends: Readonly<Record<string, number>>;
  readonly rooms: Readonly<Record<string, number>>;
  readonly refusedInvitations: { readonly waiting: number; readonly given_up: number };
  readonly runs: Readonly<Record<string, number>>;
  readonly undeliveredSeconds: number;
  readonly openGaps: number;
  readonly oldestCheckSeconds: number;
  /** Notes that wait to become findable, at most 100,000, and how long the first of them has waited. */
  readonly searchQueue: { readonly length: number; readonly seconds: number };
}

export async function readGauges(db: DbClient): Promise<GaugeRow | undefined> {
  const rows = await db.$queryRawUnsafe<GaugeRow[]>(
    `SELECT (SELECT count(*) FROM matrix.edits WHERE parked)::int AS "parkedEdits",
            (SELECT count(*) FROM matrix.reactions WHERE parked)::int AS "parkedReactions",
            (SELECT count(*) FROM matrix.redactions WHERE parked)::int AS "parkedRedactions",
            (SELECT count(*) FROM matrix.inbox WHERE status = 'dead')::int AS "deadLetters",
            (SELECT coalesce(jsonb_object_agg(s.state, s.n), '{}')
               FROM (SELECT state, count(*) AS n FROM matrix.sends WHERE state <> 'confirmed' GROUP BY state) s) AS sends,
            (SELECT coalesce(jsonb_object_agg(r.status, r.n), '{}')
               FROM (SELECT status, count(*) AS n FROM matrix.rooms GROUP BY status) r) AS rooms,
            (SELECT jsonb_build_object('waiting', count(next_try_at)::int, 'given_up', (count(*) - count(next_try_at))::int)
               FROM matrix.refused_joins) AS "refusedInvitations",
            (SELECT coalesce(jsonb_object_agg(u.status, u.n), '{}')
               FROM (SELECT status, count(*) AS n FROM agent_runs WHERE status IN ('queued', 'started') GROUP BY status) u) AS runs,
            (SELECT count(*) FROM matrix.ledgers WHERE gap_token IS NOT NULL)::int AS "openGaps",
            coalesce((SELECT greatest(extract(epoch FROM now() - min(coalesce(l.checked_at, r.created_at))), 0)
                        FROM matrix.rooms r LEFT JOIN matrix.ledgers l USING (room_id)
                       WHERE r.mirrored AND r.status = 'joined' AND r.channel_id IS NOT NULL), 0)::float8 AS "oldestCheckSeconds",
            (SELECT jsonb_build_object('length', count(*)::int,
                      'seconds', coalesce(greatest(extract(epoch FROM now() - min(q.queued_at)), 0), 0)::float8)
               FROM (SELECT queued_at FROM matrix.search_queue LIMIT 100000) q) AS "searchQueue",
            ${undeliveredSeconds} AS "undeliveredSeconds"`,
  );
  return rows[0];
}

/** Age of the oldest message that the homeserver has not taken yet, 0 when there is none. */
const undeliveredSeconds = `coalesce((SELECT greatest(extract(epoch FROM now() - min(created_at)), 0)
  FROM matrix.sends WHERE state IN ('queued', 'sending')), 0)::float8`;

export async function readUndeliveredSeconds(db: DbClient): Promise<number> {
  const rows = await db.$queryRawUnsafe<{ seconds: number }[]>(`SELECT ${undeliveredSeconds} AS seconds`);
  return rows[0]?.seconds ?? 0;
}
