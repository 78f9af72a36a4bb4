import type { ChannelLink } from "../../domain/messaging/index.ts";

/** What the bot says when it comes: that the room is mirrored, where to, and how to stop it. Fits a phone. */
export function linkedNotice(channel: ChannelLink): string {
  return [
    `This room is now mirrored as #${channel.slug} of ${channel.microdaoName} (${channel.microdaoExternalId}).`,
    "Names, members, message previews and reactions are kept in its database, history included.",
    "",
    "!dao status shows how far it is.",
    "!dao unlink stops it (moderators).",
    "!dao help lists everything.",
  ].join("\n");
}

/** What the bot says before it leaves a room that was unlinked. */
export function unlinkedNotice(channel: ChannelLink, botUserId: string): string {
  return [
    `This room is no longer mirrored as #${channel.slug} of ${channel.microdaoName}.`,
    "What was mirrored so far is kept. I leave the room now.",
    "",
    `To start again, invite ${botUserId}: it goes on with the same channel and fills the gap.`,
  ].join("\n");
}
