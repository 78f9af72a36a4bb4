import type { DbClient, Tx } from "../../db/index.ts";
import { newUuid } from "../../kernel/ids.ts";
import { firstFreeSlug } from "./channel-slug.ts";

/**
 * How the bridge stands to a room.
 * `joining` linking has begun; `joined` the bot is in and, if `mirrored`, what happens becomes rows; `left` the bot was
 * removed; `unlinked` somebody asked to stop, and the bot leaves.
 */
export type RoomStatus = "joining" | "joined" | "left" | "unlinked";

export interface LinkedRoom {
  readonly roomId: string;
  /** Null for a space: it is no chat room. */
  readonly channelId: string | null;
  readonly status: RoomStatus;
  readonly mirrored: boolean;
  readonly encrypted: boolean;
  readonly invitedBy: string | null;
  /** The room that has replaced it; what is posted to the channel goes there. */
  readonly successorRoomId: string | null;
  /** For a space: when its rooms were last read. */
  readonly spaceReadAt: Date | null;
}

export interface ChannelLink {
  readonly channelId: string;
  readonly slug: string;
  readonly name: string;
  readonly encrypted: boolean;
  readonly status: "creating" | "failed" | "active" | "unlinked" | "archived";
  readonly createdAt: Date;
  readonly unlinkedAt: Date | null;
  readonly microdaoId: string;
  readonly microdaoExternalId: string;
  readonly microdaoName: string;
}

const roomColumns = `room_id AS "roomId", channel_id::text AS "channelId", status, mirrored, encrypted,
  invited_by AS "invitedBy", successor_room_id AS "successorRoomId",
  space_read_at AS "spaceReadAt"`;

export async function findLinkedRoom(db: DbClient, roomId: string): Promise<LinkedRoom | undefined> {
  const rows = await db.$queryRawUnsafe<LinkedRoom[]>(
    `SELECT ${roomColumns} FROM matrix.rooms WHERE room_id = $1`,
    roomId,
  );
  return rows[0];
}

/** The same, and nobody else changes the row until this transaction has ended. */
export async function lockLinkedRoom(tx: Tx, roomId: string): Promise<LinkedRoom | undefined> {
  const rows = await tx.db.$queryRawUnsafe<LinkedRoom[]>(
    `SELECT ${roomColumns} FROM matrix.rooms WHERE room_id = $1 FOR UPDATE`,
    roomId,
  );
  return rows[0];
}

/** Nobody records anything in any room of a channel until this transaction has ended. */
export async function lockRoomsOfChannel(tx: Tx, channelId: string): Promise<void> {
  await tx.db.$queryRawUnsafe(
    `SELECT 1 FROM matrix.rooms WHERE channel_id = $1::uuid ORDER BY room_id FOR NO KEY UPDATE`,
    channelId,
  );
}

export async function findChannelLink(db: DbClient, channelId: string): Promise<ChannelLink | undefined> {
  const rows = await db.$queryRawUnsafe<ChannelLink[]>(
    `SELECT c.id::text AS "channelId", c.slug, c.name, c.encrypted, c.status, c.created_at AS "createdAt",
            c.unlinked_at AS "unlinkedAt", m.id::text AS "microdaoId", m.external_id AS "microdaoExternalId",
            m.name AS "microdaoName"
       FROM channels c JOIN microdaos m ON m.id = c.microdao_id
      WHERE c.id = $1::uuid`,
    channelId,
  );
  return rows[0];
}

/** Rooms of the channels with this slug; several microDAOs may have one. */
export async function findRoomsByName(db: DbClient, name: string): Promise<LinkedRoom[]> {
  return db.$queryRawUnsafe<LinkedRoom[]>(
    `SELECT r.room_id AS "roomId", r.channel_id::text AS "channelId", r.status, r.mirrored, r.encrypted,
            r.invited_by AS "invitedBy", r.successor_room_id AS "successorRoomId", r.space_read_at AS "spaceReadAt"
       FROM channels c JOIN matrix.rooms r ON r.channel_id = c.id AND r.room_id = c.matrix_room_id
      WHERE c.slug = $1
      ORDER BY c.created_at`,
    name,
  );
}

/** Every room that a channel has had, first to last. */
export async function listRoomsOfChannel(db: DbClient, channelId: string): Promise<LinkedRoom[]> {
  return db.$queryRawUnsafe<LinkedRoom[]>(
    `SELECT ${roomColumns} FROM matrix.rooms WHERE channel_id = $1::uuid ORDER BY generation, room_id`,
    channelId,
  );
}

/** The room that a channel mirrors now. */
export async function findRoomOfChannel(db: DbClient, channelId: string): Promise<LinkedRoom | undefined> {
  const rows = await db.$queryRawUnsafe<LinkedRoom[]>(
    `SELECT ${roomColumns} FROM matrix.rooms
      WHERE channel_id = $1::uuid AND room_id = (SELECT matrix_room_id FROM channels WHERE id = $1::uuid)`,
    channelId,
  );
  return rows[0];
}

export async function findChannelOfRoom(db: DbClient, roomId: string): Promise<string | undefined> {
  const rows = await db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT id::text AS id FROM channels WHERE matrix_room_id = $1`,
    roomId,
  );
  return rows[0]?.id;
}

/** A channel that is called like its room's id until its state has been read. Undefined when the room or the slug is taken. */
export async function insertChannel(
  tx: Tx,
  channel: { roomId: string; microdaoId: string; slug: string; creatorId: string | null },
): Promise<string | undefined> {
  const rows = await tx.db.$queryRawUnsafe<{ id: string }[]>(
    `INSERT INTO channels (id, slug, name, microdao_id, matrix_room_id, visibility, created_by_user_id, created_at)
     VALUES ($1::uuid, $2, $3, $4::uuid, $3, 'private', $5::uuid, $6)
     ON CONFLICT DO NOTHING
     RETURNING id::text AS id`,
    newUuid(tx.now),
    channel.slug,
    channel.roomId,
    channel.microdaoId,
    channel.creatorId,
    tx.now,
  );
  return rows[0]?.id;
}

export async function insertRoom(
  tx: Tx,
  room: { roomId: string; channelId: string; invitedBy: string | null },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.rooms (room_id, channel_id, status, invited_by, created_at, updated_at)
     VALUES ($1, $2::uuid, 'joining', $3, $4, $4) ON CONFLICT (room_id) DO NOTHING`,
    room.roomId,
    room.channelId,
    room.invitedBy,
    tx.now,
  );
}

/** A space that the bot has made, and is in. */
export async function insertSpaceRoom(tx: Tx, roomId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.rooms (room_id, status, mirrored, created_at, updated_at)
     VALUES ($1, 'joined', false, $2, $2) ON CONFLICT (room_id) DO NOTHING`,
    roomId,
    tx.now,
  );
}

export async function updateRoomStatus(
  tx: Tx,
  roomId: string,
  to: { status: RoomStatus; mirrored: boolean },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.rooms SET status = $2, mirrored = $3, updated_at = $4,
            detached_at = CASE WHEN $2 = 'joined' THEN NULL ELSE detached_at END
      WHERE room_id = $1`,
    roomId,
    to.status,
    to.mirrored,
    tx.now,
  );
}

/** The rooms that were replaced and are still mirrored: they share what becomes of their channel. */
export async function updateReplacedUnlinked(tx: Tx, channelId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.rooms SET status = 'unlinked', mirrored = false, updated_at = $2
      WHERE channel_id = $1::uuid AND successor_room_id IS NOT NULL AND status IN ('joining', 'joined')`,
    channelId,
    tx.now,
  );
}

/** A space has no channel, and what is said in it is not mirrored. */
export async function updateRoomToSpace(tx: Tx, roomId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.rooms SET status = 'joined', mirrored = false, channel_id = NULL, updated_at = $2
      WHERE room_id = $1`,
    roomId,
    tx.now,
  );
}

/** Rooms that are mirrored, oldest first. */
export async function listMirroredRooms(db: DbClient): Promise<LinkedRoom[]> {
  return db.$queryRawUnsafe<LinkedRoom[]>(
    `SELECT ${roomColumns} FROM matrix.rooms
      WHERE mirrored AND channel_id IS NOT NULL AND status IN ('joining', 'joined') ORDER BY created_at, room_id`,
  );
}

/** When a room was made, milliseconds since 1970, as its create event says. */
export async function findRoomBirth(db: DbClient, roomId: string): Promise<number | undefined> {
  const [row] = await db.$queryRawUnsafe<{ ts: number }[]>(
    `SELECT origin_server_ts::float8 AS ts FROM matrix.state_events
      WHERE room_id = $1 AND type = 'm.room.create' AND state_key = '' LIMIT 1`,
    roomId,
  );
  return row?.ts;
}

/**
 * Rooms that have been `joining` since `before`, without those whose invitation is about to be tried again. They count as
 * begun again, so each is found once in that time.
 */
export async function findStalledLinks(tx: Tx, before: Date): Promise<LinkedRoom[]> {
  return tx.db.$queryRawUnsafe<LinkedRoom[]>(
    `UPDATE matrix.rooms SET updated_at = $2
      WHERE room_id IN (SELECT r.room_id FROM matrix.rooms r WHERE r.status = 'joining' AND r.updated_at < $1
                           AND NOT EXISTS (SELECT FROM matrix.refused_joins j
                                            WHERE j.room_id = r.room_id AND j.next_try_at > $2::timestamptz - interval '5 minutes'
                                              AND j.user_id = (SELECT b.bot_user_id FROM matrix.bridge b LIMIT 1))
                         ORDER BY r.updated_at LIMIT 100 FOR UPDATE OF r SKIP LOCKED)
      RETURNING ${roomColumns}`,
    before,
    tx.now,
  );
}

/** The last one who invited the bot; an operator who links a room is nobody in it. */
export async function updateInviter(tx: Tx, roomId: string, inviter: string | null): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.rooms SET invited_by = coalesce($2, invited_by), updated_at = $3 WHERE room_id = $1`,
    roomId,
    inviter,
    tx.now,
  );
}

/**
 * The slug that a channel of this microDAO gets: `wanted` or the first free number after it. Until the transaction has
 * ended nobody else chooses a slug in this microDAO, so two rooms that are linked at once cannot choose the same. A
 * transaction that locks a room, too, locks the room first.
 */
export async function chooseSlug(
  tx: Tx,
  input: { microdaoId: string; wanted: string; channelId: string },
): Promise<string> {
  await tx.db.$queryRawUnsafe(
    `SELECT 1 FROM microdaos WHERE id = $1::uuid FOR NO KEY UPDATE`,
    input.microdaoId,
  );
  // A numbered slug may be cut, so every slug that shares the uncut beginning counts as a neighbour.
  const rows = await tx.db.$queryRawUnsafe<{ slug: string }[]>(
    `SELECT slug FROM channels WHERE microdao_id = $1::uuid AND starts_with(slug, $2) AND id <> $3::uuid`,
    input.microdaoId,
    input.wanted.slice(0, 50),
    input.channelId,
  );
  return firstFreeSlug(input.wanted, new Set(rows.map((row) => row.slug)));
}
