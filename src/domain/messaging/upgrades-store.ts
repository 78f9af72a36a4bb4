import type { DbClient, Tx } from "../../db/index.ts";

/**
 * How far a tombstone has been followed. `following` the new room is being joined and looked at; `waiting` the bot may
 * not join it yet, an invitation goes on from there; `done` the channel has moved; `ignored` there is nothing to follow,
 * for ever, and `reason` says why.
 */
export type UpgradeStatus = "following" | "waiting" | "done" | "ignored";

export interface Upgrade {
  readonly roomId: string;
  readonly successorRoomId: string;
  /** Who set the tombstone: Matrix id. */
  readonly sender: string;
  /** When, milliseconds since 1970. */
  readonly tombstoneTs: number;
  readonly status: UpgradeStatus;
  readonly reason: string | null;
}

const columns = `room_id AS "roomId", successor_room_id AS "successorRoomId", sender, tombstone_ts::float8 AS "tombstoneTs",
  status, reason`;

/** The tombstones in force: the latest state event decides, and names a room that is another one. */
const tombstonesInForce = `
  SELECT r.room_id, t.content ->> 'replacement_room' AS successor_room_id, t.event_id, t.origin_server_ts, t.sender
    FROM matrix.rooms r
   CROSS JOIN LATERAL (
     SELECT e.* FROM matrix.state_events e
      WHERE e.room_id = r.room_id AND e.type = 'm.room.tombstone' AND e.state_key = '' AND NOT e.overruled
      ORDER BY e.origin_server_ts DESC, e.event_id COLLATE "C" DESC LIMIT 1) t
   WHERE r.room_id = ANY($1::text[]) AND r.channel_id IS NOT NULL AND r.mirrored AND r.successor_room_id IS NULL
     AND r.status IN ('joining', 'joined') AND NOT t.redacted AND jsonb_typeof(t.content -> 'replacement_room') = 'string'
     AND starts_with(t.content ->> 'replacement_room', '!') AND length(t.content ->> 'replacement_room') BETWEEN 2 AND 255
     AND t.content ->> 'replacement_room' <> r.room_id`;

/** Writes down the tombstones of these rooms that nobody has written down yet, and gives those. */
export async function insertUpgrades(tx: Tx, roomIds: readonly string[]): Promise<Upgrade[]> {
  return tx.db.$queryRawUnsafe<Upgrade[]>(
    `INSERT INTO matrix.room_upgrades (room_id, successor_room_id, tombstone_event_id, tombstone_ts, sender, created_at,
                                       updated_at)
     SELECT t.room_id, t.successor_room_id, t.event_id, t.origin_server_ts, t.sender, $2, $2
       FROM (${tombstonesInForce}) t
     ON CONFLICT (room_id, successor_room_id) DO NOTHING
     RETURNING ${columns}`,
    roomIds,
    tx.now,
  );
}

/** Whether the room's tombstone still points there; somebody may have set another one since. */
export async function isTombstoneInForce(
  db: DbClient,
  { roomId, successorRoomId }: Pick<Upgrade, "roomId" | "successorRoomId">,
): Promise<boolean> {
  const rows = await db.$queryRawUnsafe<unknown[]>(
    `SELECT 1 FROM (${tombstonesInForce}) t WHERE t.successor_room_id = $2`,
    [roomId],
    successorRoomId,
  );
  return rows.length > 0;
}

export async function findUpgrade(
  db: DbClient,
  roomId: string,
  successorRoomId: string,
): Promise<Upgrade | undefined> {
  const rows = await db.$queryRawUnsafe<Upgrade[]>(
    `SELECT ${columns} FROM matrix.room_upgrades WHERE room_id = $1 AND successor_room_id = $2`,
    roomId,
    successorRoomId,
  );
  return rows[0];
}

/** The upgrade that this room is the new room of, as long as it is not settled. */
export async function findOpenUpgradeTo(db: DbClient, successorRoomId: string): Promise<Upgrade | undefined> {
  const rows = await db.$queryRawUnsafe<Upgrade[]>(
    `SELECT ${columns} FROM matrix.room_upgrades
      WHERE successor_room_id = $1 AND status IN ('following', 'waiting')
      ORDER BY created_at, room_id LIMIT 1`,
    successorRoomId,
  );
  return rows[0];
}

/** The upgrade, locked until the transaction ends. */
export async function lockUpgrade(tx: Tx, upgrade: Upgrade): Promise<Upgrade | undefined> {
  const rows = await tx.db.$queryRawUnsafe<Upgrade[]>(
    `SELECT ${columns} FROM matrix.room_upgrades WHERE room_id = $1 AND successor_room_id = $2 FOR UPDATE`,
    upgrade.roomId,
    upgrade.successorRoomId,
  );
  return rows[0];
}

export async function updateUpgrade(
  tx: Tx,
  { roomId, successorRoomId }: Upgrade,
  to: { status: UpgradeStatus; reason: string | null },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.room_upgrades SET status = $3, reason = $4, updated_at = $5
      WHERE room_id = $1 AND successor_room_id = $2`,
    roomId,
    successorRoomId,
    to.status,
    to.reason?.slice(0, 500) ?? null,
    tx.now,
  );
}

/** A tombstone that another one has replaced is as if it had never been: it counts when it is set again. */
export async function deleteUpgrade(tx: Tx, { roomId, successorRoomId }: Upgrade): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `DELETE FROM matrix.room_upgrades
      WHERE room_id = $1 AND successor_room_id = $2 AND status IN ('following', 'waiting')`,
    roomId,
    successorRoomId,
  );
}

/** Unsettled upgrades that nobody has worked on since these moments. They count as begun again. */
export async function touchStalledUpgrades(
  tx: Tx,
  before: { following: Date; waiting: Date },
): Promise<Upgrade[]> {
  return tx.db.$queryRawUnsafe<Upgrade[]>(
    `UPDATE matrix.room_upgrades SET updated_at = $3
      WHERE (room_id, successor_room_id) IN (
        SELECT room_id, successor_room_id FROM matrix.room_upgrades
         WHERE status IN ('following', 'waiting') AND updated_at < CASE status WHEN 'following' THEN $1::timestamptz ELSE $2::timestamptz END
         ORDER BY updated_at LIMIT 100 FOR UPDATE SKIP LOCKED)
      RETURNING ${columns}`,
    before.following,
    before.waiting,
    tx.now,
  );
}

/** The new room, as one of the channel's rooms; false when the room is known already. */
export async function insertSuccessor(
  tx: Tx,
  room: { upgrade: Upgrade; channelId: string; encrypted: boolean },
): Promise<boolean> {
  const { upgrade, channelId, encrypted } = room;
  const inserted = await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.rooms (room_id, channel_id, status, encrypted, predecessor_room_id, generation, created_at, updated_at)
     SELECT $1, $2::uuid, 'joining', $4, old.room_id, old.generation + 1, $5, $5 FROM matrix.rooms old WHERE old.room_id = $3
     ON CONFLICT (room_id) DO NOTHING`,
    upgrade.successorRoomId,
    channelId,
    upgrade.roomId,
    encrypted,
    tx.now,
  );
  return inserted > 0;
}

/**
 * The channel's room is the new one: for readers, for what is posted from now on, and for what was posted and not tried
 * yet. A message that was tried stays: it may be in the old room.
 */
export async function updateToSuccessor(
  tx: Tx,
  move: { upgrade: Upgrade; channelId: string; encrypted: boolean },
): Promise<void> {
  const { upgrade, channelId, encrypted } = move;
  const { roomId, successorRoomId, tombstoneTs } = upgrade;
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.rooms SET successor_room_id = $2, replaced_at = to_timestamp($3::float8 / 1000), updated_at = $4
      WHERE room_id = $1`,
    roomId,
    successorRoomId,
    tombstoneTs,
    tx.now,
  );
  await tx.db.$executeRawUnsafe(
    `UPDATE channels SET matrix_room_id = $2, encrypted = encrypted OR $3 WHERE id = $1::uuid`,
    channelId,
    successorRoomId,
    encrypted,
  );
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.sends SET room_id = $2 WHERE room_id = $1 AND state = 'queued' AND attempts = 0`,
    roomId,
    successorRoomId,
  );
}

export interface LeftBehind {
  /** uuid */
  readonly userId: string;
  readonly matrixId: string;
  readonly role: string;
  readonly was: string;
}

/**
 * People who were in the old room and are not in the new one have left the channel; agents stay and follow when they
 * speak. `present` are the Matrix ids of those whose membership the new room tells.
 */
export async function updateLeftBehind(
  tx: Tx,
  move: { channelId: string; roomId: string; present: readonly string[] },
): Promise<LeftBehind[]> {
  return tx.db.$queryRawUnsafe<LeftBehind[]>(
    `UPDATE channel_members m
        SET membership = 'leave', left_at = COALESCE(m.left_at, (SELECT replaced_at FROM matrix.rooms WHERE room_id = $2))
       FROM channel_members before JOIN users u ON u.id = before.member_user_id
      WHERE m.channel_id = $1::uuid AND before.id = m.id AND m.membership IN ('join', 'invite', 'knock')
        AND u.matrix_id <> ALL($3::text[])
      RETURNING m.member_user_id::text AS "userId", u.matrix_id AS "matrixId", m.role, before.membership AS was`,
    move.channelId,
    move.roomId,
    move.present,
  );
}
