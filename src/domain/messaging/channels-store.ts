import type { DbClient, Tx } from "../../db/index.ts";

/** The channel mirrors its room under this slug, from now on or again. */
export async function updateChannelLinked(tx: Tx, channelId: string, slug: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE channels SET slug = $2, status = 'active', unlinked_at = NULL WHERE id = $1::uuid`,
    channelId,
    slug,
  );
}

export async function updateChannelUnlinked(tx: Tx, channelId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE channels SET status = 'unlinked', unlinked_at = $2 WHERE id = $1::uuid`,
    channelId,
    tx.now,
  );
}

export async function updateChannelArchived(tx: Tx, channelId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(`UPDATE channels SET status = 'archived' WHERE id = $1::uuid`, channelId);
}

export async function updateChannelPlace(
  tx: Tx,
  channelId: string,
  place: { slug: string; microdaoId: string },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE channels SET slug = $2, microdao_id = $3::uuid WHERE id = $1::uuid`,
    channelId,
    place.slug,
    place.microdaoId,
  );
}

export async function deleteChannelMembers(tx: Tx, channelId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(`DELETE FROM channel_members WHERE channel_id = $1::uuid`, channelId);
}

/** Removes a channel that never held anything and that nobody was ever in; any other stays. */
export async function deleteEmptyChannel(tx: Tx, channelId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `WITH empty AS (
       SELECT c.id FROM channels c WHERE c.id = $1::uuid
          AND NOT EXISTS (SELECT 1 FROM messages WHERE channel_id = c.id)
          AND NOT EXISTS (SELECT 1 FROM channel_members WHERE channel_id = c.id AND joined_at IS NOT NULL)
          AND NOT EXISTS (SELECT 1 FROM agent_sessions WHERE channel_id = c.id)
     ), member AS (
       DELETE FROM channel_members WHERE channel_id = ANY(ARRAY(SELECT id FROM empty)))
     DELETE FROM channels WHERE id = ANY(ARRAY(SELECT id FROM empty))`,
    channelId,
  );
}

/** A channel whose room is still to be made. */
export async function insertChannelToCreate(
  tx: Tx,
  channel: {
    id: string;
    slug: string;
    name: string;
    topic: string | null;
    microdaoId: string;
    visibility: string;
    userId: string | null;
    agentId: string | null;
  },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO channels (id, slug, name, topic, microdao_id, visibility, status, created_by_user_id,
                           created_by_agent_id, created_at)
     VALUES ($1::uuid, $2, $3, $4, $5::uuid, $6, 'creating', $7::uuid, $8::uuid, $9)`,
    channel.id,
    channel.slug,
    channel.name,
    channel.topic,
    channel.microdaoId,
    channel.visibility,
    channel.userId,
    channel.agentId,
    tx.now,
  );
}

/** The channel's room has been made. */
export async function updateChannelRoom(tx: Tx, channelId: string, roomId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE channels SET matrix_room_id = $2 WHERE id = $1::uuid AND matrix_room_id IS NULL`,
    channelId,
    roomId,
  );
}

export async function updateChannelFailed(tx: Tx, channelId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE channels SET status = 'failed' WHERE id = $1::uuid AND status = 'creating'`,
    channelId,
  );
}

/** Archived: nothing is mirrored any more. */
export async function updateChannelClosed(tx: Tx, channelId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE channels SET status = 'archived', unlinked_at = $2 WHERE id = $1::uuid`,
    channelId,
    tx.now,
  );
}

/** Matrix ids of the agents that are in a channel, the bridge's own included. */
export async function selectAgentsInChannel(db: DbClient, channelId: string): Promise<string[]> {
  const rows = await db.$queryRawUnsafe<{ matrixId: string }[]>(
    `SELECT a.matrix_id AS "matrixId" FROM channel_members m JOIN agents a ON a.id = m.member_agent_id
      WHERE m.channel_id = $1::uuid AND m.membership = 'join' AND a.matrix_id IS NOT NULL`,
    channelId,
  );
  return rows.map(({ matrixId }) => matrixId);
}
