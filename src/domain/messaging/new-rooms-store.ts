import type { DbClient, Tx } from "../../db/index.ts";

export type Visibility = "public" | "private" | "microdao";

/** What a room is to be like when it is made. */
export interface WantedRoom {
  readonly name: string;
  readonly topic: string | null;
  readonly visibility: Visibility;
  /** As Matrix names it; null for the homeserver's default. */
  readonly roomVersion: string | null;
  /** Matrix ids of those to be invited. */
  readonly invite: readonly string[];
}

export interface NewRoomRow {
  /** uuid of the channel, or of the microDAO whose space it is. */
  readonly id: string;
  readonly kind: "channel" | "space";
  readonly microdaoId: string;
  readonly wanted: WantedRoom;
  readonly state: "wanted" | "made" | "done" | "failed";
  readonly roomId: string | null;
  /** Since when the homeserver may be making it. */
  readonly triedAt: Date | null;
  readonly requestHash: Uint8Array;
}

const columns = `id::text AS id, kind, microdao_id::text AS "microdaoId", wanted, state, room_id AS "roomId",
  tried_at AS "triedAt", request_hash AS "requestHash"`;

export interface NewRoomToInsert
  extends Pick<NewRoomRow, "id" | "kind" | "microdaoId" | "wanted" | "requestHash"> {
  readonly idempotency: { readonly scope: string; readonly key: string } | undefined;
}

/** False when there is a row with this idempotency key already; waits for whoever is just writing one. */
export async function insertNewRoom(tx: Tx, row: NewRoomToInsert): Promise<boolean> {
  const inserted = await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.new_rooms (id, kind, microdao_id, wanted, idempotency_scope, idempotency_key, request_hash,
                                   created_at, updated_at)
     VALUES ($1::uuid, $2, $3::uuid, $4::jsonb, $5, $6, $7::bytea, $8, $8)
     ON CONFLICT (idempotency_scope, idempotency_key) DO NOTHING`,
    row.id,
    row.kind,
    row.microdaoId,
    JSON.stringify(row.wanted),
    row.idempotency?.scope ?? null,
    row.idempotency?.key ?? null,
    row.requestHash,
    tx.now,
  );
  return inserted > 0;
}

export async function selectNewRoomByKey(
  db: DbClient,
  { scope, key }: { scope: string; key: string },
): Promise<NewRoomRow | undefined> {
  const rows = await db.$queryRawUnsafe<NewRoomRow[]>(
    `SELECT ${columns} FROM matrix.new_rooms WHERE idempotency_scope = $1 AND idempotency_key = $2`,
    scope,
    key,
  );
  return rows[0];
}

export async function selectNewRoom(db: DbClient, id: string): Promise<NewRoomRow | undefined> {
  const rows = await db.$queryRawUnsafe<NewRoomRow[]>(
    `SELECT ${columns} FROM matrix.new_rooms WHERE id = $1::uuid`,
    id,
  );
  return rows[0];
}

/** Takes the row for `leaseMs`; undefined when somebody else works on it, or nothing is left to do. */
export async function claimNewRoom(tx: Tx, id: string, leaseMs: number): Promise<NewRoomRow | undefined> {
  const rows = await tx.db.$queryRawUnsafe<NewRoomRow[]>(
    `UPDATE matrix.new_rooms SET leased_until = $3, updated_at = $2
      WHERE id = $1::uuid AND state IN ('wanted', 'made') AND (leased_until IS NULL OR leased_until < $2)
      RETURNING ${columns}`,
    id,
    tx.now,
    new Date(tx.now.getTime() + leaseMs),
  );
  return rows[0];
}

export interface NewRoomNews {
  readonly state?: NewRoomRow["state"];
  readonly roomId?: string;
  /** Whether the homeserver was asked and has not answered. */
  readonly trying?: boolean;
  readonly error?: string;
  /** Gives the row free for whoever comes next. */
  readonly release?: boolean;
}

export async function updateNewRoom(tx: Tx, id: string, news: NewRoomNews): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.new_rooms
        SET state = coalesce($3, state), room_id = coalesce($4, room_id), error = coalesce($5, error),
            tried_at = CASE WHEN $6::boolean THEN $2 WHEN NOT $6::boolean THEN NULL ELSE tried_at END,
            leased_until = CASE WHEN $7::boolean THEN NULL ELSE leased_until END, updated_at = $2
      WHERE id = $1::uuid`,
    id,
    tx.now,
    news.state ?? null,
    news.roomId ?? null,
    news.error?.slice(0, 500) ?? null,
    news.trying ?? null,
    news.release ?? false,
  );
}

/** Rooms that were asked for and on which nobody has worked since `before`. They count as begun again. */
export async function touchStalledNewRooms(tx: Tx, before: Date): Promise<string[]> {
  const rows = await tx.db.$queryRawUnsafe<{ id: string }[]>(
    `UPDATE matrix.new_rooms SET updated_at = $2
      WHERE id IN (SELECT id FROM matrix.new_rooms WHERE state IN ('wanted', 'made') AND updated_at < $1
                    ORDER BY updated_at LIMIT 100 FOR UPDATE SKIP LOCKED)
      RETURNING id::text AS id`,
    before,
    tx.now,
  );
  return rows.map(({ id }) => id);
}
