import type { Tx } from "../../db/index.ts";

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

/** Removes a channel that never held anything; any other stays. */
export async function deleteEmptyChannel(tx: Tx, channelId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `DELETE FROM channels c WHERE c.id = $1::uuid
        AND NOT EXISTS (SELECT 1 FROM messages WHERE channel_id = c.id)
        AND NOT EXISTS (SELECT 1 FROM channel_members WHERE channel_id = c.id)
        AND NOT EXISTS (SELECT 1 FROM agent_sessions WHERE channel_id = c.id)`,
    channelId,
  );
}
