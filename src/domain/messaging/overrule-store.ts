import type { DbClient, Tx } from "../../db/index.ts";

/** A state event that the homeserver named as the current one of its type and key. */
export interface NamedState {
  readonly type: string;
  readonly stateKey: string;
  readonly eventId: string;
}

/** Where the mirror takes another event for the current one than the homeserver does. */
export interface Contradiction {
  readonly type: string;
  readonly stateKey: string;
  /** The event that the homeserver names; null for none. */
  readonly eventId: string | null;
  /** Events that the mirror holds for later ones. */
  readonly beaten: readonly string[];
}

/** SQL: of the named events `$2`, those of `of` that later events of the same key stand in front of. */
function contradicted(
  table: string,
  { of, key, sameKey }: { of: string; key: string; sameKey: string },
): string {
  return `
    SELECT n.type, n."stateKey", n."eventId", later.ids AS beaten
      FROM json_to_recordset($2::json) AS n(type text, "stateKey" text, "eventId" text)
     CROSS JOIN LATERAL (
       SELECT e.origin_server_ts AS ts, e.event_id AS id, e.overruled FROM ${table} e WHERE e.event_id = n."eventId" LIMIT 1) own
     CROSS JOIN LATERAL (
       SELECT COALESCE(array_agg(e.event_id), '{}') AS ids FROM ${table} e
        WHERE e.room_id = $1 AND ${sameKey} AND ${key} = n."stateKey" AND NOT e.overruled
          AND (e.origin_server_ts, e.event_id COLLATE "C") > (own.ts, own.id COLLATE "C")) later
     WHERE ${of} AND (own.overruled OR later.ids <> '{}')`;
}

/**
 * SQL: the events of `table` that still count although their type and key are not among `named`, one query of those
 * columns. Both are compared as sets: with 20,000 members, looking for each one in the answer would take minutes.
 */
function vanished(table: string, { type, key, named }: { type: string; key: string; named: string }): string {
  return `
    SELECT gone.type, gone.key, NULL, events.ids
      FROM (SELECT ${type} AS type, ${key} AS key FROM ${table} e WHERE e.room_id = $1 AND NOT e.overruled
            EXCEPT ${named}) gone
     CROSS JOIN LATERAL (
       SELECT array_agg(e.event_id) AS ids FROM ${table} e
        WHERE e.room_id = $1 AND ${type} = gone.type AND ${key} = gone.key AND NOT e.overruled) events
     WHERE gone.type <> 'm.room.encryption'`;
}

/**
 * Where the mirror's current state of a room is not what the homeserver named, which was all of it: it names another
 * event, or has nothing of that type and key any more. Encryption is for ever.
 */
export async function findContradictions(
  db: DbClient,
  roomId: string,
  named: readonly NamedState[],
): Promise<Contradiction[]> {
  return db.$queryRawUnsafe<Contradiction[]>(
    `${contradicted("matrix.state_events", { of: "n.type <> 'm.room.member'", key: "e.state_key", sameKey: "e.type = n.type" })}
      UNION ALL
     ${contradicted("matrix.member_events", { of: "n.type = 'm.room.member'", key: "e.user_id", sameKey: "true" })}
      UNION ALL
     ${vanished("matrix.state_events", { type: "e.type", key: "e.state_key", named: namedKeys })}
      UNION ALL
     ${vanished("matrix.member_events", { type: "'m.room.member'", key: "e.user_id", named: namedKeys })}`,
    roomId,
    JSON.stringify(named),
  );
}

/** SQL: types and keys of what the homeserver named, `$2`. */
const namedKeys = `SELECT n.type, n."stateKey" FROM json_to_recordset($2::json) AS n(type text, "stateKey" text)`;

/** Writes down which events count no more, and which count again. */
export async function updateOverruled(
  tx: Tx,
  roomId: string,
  found: readonly Contradiction[],
): Promise<void> {
  const beaten = found.flatMap((one) => one.beaten);
  const current = found.flatMap(({ eventId }) => eventId ?? []);
  const change = `SET overruled = event_id = ANY($2::text[])
    WHERE event_id = ANY($2::text[] || $3::text[]) AND room_id = $1 AND overruled <> (event_id = ANY($2::text[]))`;
  await tx.db.$executeRawUnsafe(`UPDATE matrix.state_events ${change}`, roomId, beaten, current);
  await tx.db.$executeRawUnsafe(`UPDATE matrix.member_events ${change}`, roomId, beaten, current);
}
