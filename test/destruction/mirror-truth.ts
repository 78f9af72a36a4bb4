import { expect } from "vitest";
import type { Database } from "../../src/db/index.ts";
import type { MatrixEvent } from "../support/matrix-events.ts";

type Db = Database["db"];

/**
 * Every row of the mirror that people's events make, in the form in which two databases can be compared: without the
 * moments at which rows were written, and without what agents said, whose rows have the ids of their sends.
 */
export async function mirrorOf({ db }: Database): Promise<Record<string, string[]>> {
  const tables: Record<string, string> = {
    "matrix.edits": "to_jsonb(t)",
    "matrix.reactions": "to_jsonb(t)",
    "matrix.redactions": "to_jsonb(t)",
    "matrix.state_events": "to_jsonb(t)",
    "matrix.member_events": "to_jsonb(t)",
    "matrix.rooms": "to_jsonb(t) - 'created_at' - 'updated_at'",
    channel_members: "to_jsonb(t)",
    channels: "to_jsonb(t)",
    users: "to_jsonb(t) - 'external_id' - 'created_at'",
    "(SELECT * FROM messages WHERE sender_type = 'human')": "to_jsonb(t)",
  };
  const mirror: Record<string, string[]> = {};
  for (const [table, row] of Object.entries(tables)) {
    const found = await db.$queryRawUnsafe<{ row: string }[]>(`SELECT (${row})::text AS row FROM ${table} t`);
    mirror[table] = found.map((each) => each.row).toSorted();
  }
  return mirror;
}

/** Which of these events have a row, whatever the table. */
export async function storedIds(db: Db, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT matrix_event_id AS id FROM messages WHERE matrix_event_id = ANY($1::text[])
      UNION ALL SELECT event_id FROM matrix.edits WHERE event_id = ANY($1::text[])
      UNION ALL SELECT event_id FROM matrix.reactions WHERE event_id = ANY($1::text[])
      UNION ALL SELECT event_id FROM matrix.redactions WHERE event_id = ANY($1::text[])
      UNION ALL SELECT event_id FROM matrix.state_events WHERE event_id = ANY($1::text[])
      UNION ALL SELECT event_id FROM matrix.member_events WHERE event_id = ANY($1::text[])`,
    ids,
  );
  const found = new Set(rows.map(({ id }) => id));
  expect(rows.length, "no event has two rows").toBe(found.size);
  return found;
}

/** Acknowledged means stored: every event whose transaction got its 200 is a row, in one table, once. */
export async function expectAllStored(db: Db, acknowledged: ReadonlyMap<string, MatrixEvent>): Promise<void> {
  // The bridge runs on: more is acknowledged while the database is asked.
  const events = [...acknowledged.values()];
  const stored = await storedIds(
    db,
    events.map(({ event_id }) => event_id),
  );
  const missing = events.filter(({ event_id }) => !stored.has(event_id));
  expect(missing.map(({ event_id, type }) => `${type} ${event_id}`)).toEqual([]);
  expect(await count(db, "SELECT count(*)::int AS n FROM matrix.inbox")).toBe(0);
}

/** What was told follows from what is stored, one to one; each of these counts what does not. */
const contradictions = {
  "a message was not told, or told twice": `
    SELECT count(*)::int AS n FROM messages m
     WHERE 1 <> (SELECT count(*) FROM outbox_events o WHERE o.topic = 'chat.message.created' AND o.event_key = m.matrix_event_id)`,
  "a message was told that is not there": `
    SELECT count(*)::int AS n FROM outbox_events o
     WHERE o.topic = 'chat.message.created'
       AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.matrix_event_id = o.event_key)`,
  "a deletion was not told, or told twice": `
    SELECT count(*)::int AS n FROM messages m
     WHERE (m.redacted_at IS NOT NULL)::int <> (
           SELECT count(*) FROM outbox_events o WHERE o.topic = 'chat.message.deleted'
              AND o.payload #>> '{payload,matrix_event_id}' = m.matrix_event_id)`,
  "a redaction has not reached its message": `
    SELECT count(*)::int AS n FROM matrix.redactions r JOIN messages m ON m.matrix_event_id = r.target_event_id
     WHERE r.channel_id = m.channel_id
       AND (r.parked OR m.redacted_at IS NULL OR m.kind <> 'redacted' OR m.content_preview <> '')`,
  "what was redacted can be read in what was told": `
    SELECT count(*)::int AS n FROM outbox_envelopes o
      JOIN messages m ON m.matrix_event_id = o.event_key
     WHERE m.redacted_at IS NOT NULL AND o.envelope #>> '{payload,preview}' <> ''`,
  "a reaction was not told, or told twice": `
    SELECT count(*)::int AS n FROM matrix.reactions r
     WHERE NOT r.parked AND NOT r.redacted
       AND 1 <> (SELECT count(*) FROM outbox_events o WHERE o.topic = 'chat.reaction.added'
                    AND o.payload #>> '{payload,reaction_event_id}' = r.event_id)`,
  "the shown edit was not told": `
    SELECT count(*)::int AS n FROM messages m
     WHERE m.edited_at IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM outbox_envelopes o WHERE o.topic = 'chat.message.updated'
                          AND o.event_key = m.matrix_event_id
                          AND o.envelope #>> '{payload,preview}' = m.content_preview)`,
  "somebody's last news is not what the members say": `
    SELECT count(*)::int AS n
      FROM channel_members c
      LEFT JOIN users u ON u.id = c.member_user_id
      LEFT JOIN agents a ON a.id = c.member_agent_id
      JOIN channels h ON h.id = c.channel_id
      LEFT JOIN LATERAL (
        SELECT o.topic FROM outbox_events o
         WHERE o.topic IN ('member.joined', 'member.left')
           AND o.payload #>> '{payload,matrix_id}' = COALESCE(u.matrix_id, a.matrix_id)
           AND EXISTS (SELECT 1 FROM matrix.member_events e WHERE e.event_id = o.event_key AND e.room_id = h.matrix_room_id)
         ORDER BY o.payload ->> 'ts' DESC LIMIT 1) last ON true
     WHERE (c.membership = 'join') <> (last.topic IS NOT DISTINCT FROM 'member.joined')`,
  "a membership was told that is not there": `
    SELECT count(*)::int AS n FROM outbox_events o
     WHERE o.topic IN ('member.joined', 'member.left')
       AND NOT EXISTS (SELECT 1 FROM matrix.member_events e WHERE e.event_id = o.event_key
                          AND (e.membership = 'join') = (o.topic = 'member.joined'))`,
} as const;

/** The outbox tells of the rows, one to one. */
export async function expectOutboxMatches(db: Db): Promise<void> {
  // The questions look rows up by what is inside the events, for which the product has no index.
  await db.$executeRawUnsafe(
    "CREATE INDEX ON outbox_events (topic, (payload #>> '{payload,matrix_event_id}'))",
  );
  await db.$executeRawUnsafe(
    "CREATE INDEX ON outbox_events (topic, (payload #>> '{payload,reaction_event_id}'))",
  );
  await db.$executeRawUnsafe("CREATE INDEX ON outbox_events (topic, (payload #>> '{payload,matrix_id}'))");
  await db.$executeRawUnsafe("CREATE INDEX ON outbox_events (event_key)");
  const found: Record<string, number> = {};
  for (const [what, sql] of Object.entries(contradictions)) found[what] = await count(db, sql);
  expect(found).toEqual(Object.fromEntries(Object.keys(contradictions).map((what) => [what, 0])));
}

export async function count(db: Db, sql: string, ...values: unknown[]): Promise<number> {
  const [row] = await db.$queryRawUnsafe<{ n: number }[]>(sql, ...values);
  return row?.n ?? 0;
}
