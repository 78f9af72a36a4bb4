import type { Tx } from "../../db/index.ts";
import { declareError } from "../../kernel/errors.ts";
import { encodeId } from "../../kernel/ids.ts";
import { isSlug } from "./channel-slug.ts";
import { updateChannelPlace } from "./channels-store.ts";
import { auditChannel, channelPayload, requireChannelLink } from "./link-channel.ts";
import { type ChannelLink, chooseSlug } from "./rooms-store.ts";

export const slugInvalid = declareError<{ slug: string }>(
  "slug_invalid",
  "invalid",
  ({ slug }) =>
    `"${slug.slice(0, 80)}" cannot name a channel. Write 1 to 64 letters a to z, digits and single dashes, such as plans-2026.`,
);

export const slugTaken = declareError<{ slug: string; free: string }>(
  "slug_taken",
  "conflict",
  ({ slug, free }) => `Another channel of this microDAO is called ${slug}. ${free} is free.`,
);

/**
 * Gives a channel another name in URLs, in its microDAO or in another one; its messages and members move along.
 * Throws `slug_invalid` and `slug_taken`: somebody asked for this very name, so none is made up.
 */
export async function moveChannel(
  tx: Tx,
  move: { roomId: string; channelId: string; microdaoId: string; slug: string },
): Promise<ChannelLink> {
  const { channelId, microdaoId, slug } = move;
  if (!isSlug(slug)) throw slugInvalid({ slug });
  const before = await requireChannelLink(tx, channelId);
  if (before.slug === slug && before.microdaoId === microdaoId) return before;
  const free = await chooseSlug(tx, { microdaoId, channelId, wanted: slug });
  if (free !== slug) throw slugTaken({ slug, free });
  await updateChannelPlace(tx, channelId, { slug, microdaoId });
  const after = await requireChannelLink(tx, channelId);
  const from = { slug: before.slug, microdao: before.microdaoExternalId };
  await auditChannel(tx, "channel.moved", after, { matrix_room_id: move.roomId, from });
  tx.emit({
    topic: "channel.updated",
    key: `${channelId}:moved:${tx.now.getTime()}`,
    about: channelId,
    at: tx.now,
    actor: tx.actor,
    payload: channelPayload(move.roomId, after),
    microdaoId: encodeId("md", microdaoId),
  });
  return after;
}
