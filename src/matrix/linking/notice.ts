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

const places = { channel: "here", microdao: "in all rooms of this microDAO" } as const;

/** What the bot says when agents are silenced. */
export function frozenNotice(scope: keyof typeof places, reason: string): string {
  return [
    `Agents are silent ${places[scope]} from now on: ${reason}`,
    "What people say is mirrored as before.",
    ...(scope === "channel" ? ["", "!dao unfreeze lets them speak again (moderators)."] : []),
  ].join("\n");
}

/** What the bot says when they are no longer. */
export function unfrozenNotice(scope: keyof typeof places): string {
  return `Agents may speak again ${places[scope]}. What they wanted to say meanwhile stays unsaid.`;
}
