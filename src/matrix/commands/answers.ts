import {
  type ChannelLink,
  type ChannelStatus,
  type Completeness,
  countLimit,
} from "../../domain/messaging/index.ts";
import type { Backfill } from "../backfill/backfill-store.ts";

const number = new Intl.NumberFormat("en");

export function helpAnswer(): string {
  return [
    "!dao status – what is mirrored",
    "!dao help – this list",
    "",
    "Moderators:",
    "!dao unlink – stop mirroring",
    "!dao link microdao:1 plans – move this channel to a microDAO and name it",
  ].join("\n");
}

export const unknownAnswer = "I do not know that command. !dao help lists what I do.";
export const moderatorsOnlyAnswer = "That is for moderators of this room (power level 50).";
/** One answer for both, so that nobody can ask which microDAOs there are. */
export const noSuchMicrodaoAnswer = "There is no such microDAO, or you are not a member of it.";

export function movedAnswer(channel: ChannelLink): string {
  return `This room is now #${channel.slug} of ${channel.microdaoName} (${channel.microdaoExternalId}).`;
}

/** Each line is short enough for a phone. */
export function statusAnswer(
  channel: ChannelStatus,
  history: Backfill | undefined,
  completeness?: Completeness,
): string {
  const { messages, members, agents } = channel;
  const shown = messages < countLimit ? number.format(messages) : `${number.format(countLimit)} or more`;
  const names = agents.map(({ name, matrixId }) => (matrixId === null ? name : `${name} (${matrixId})`));
  return [
    `Mirrored as #${channel.slug} of ${channel.microdaoName} (${channel.microdaoExternalId})`,
    `Since: ${channel.createdAt.toISOString().slice(0, 10)}`,
    `Messages: ${shown}`,
    `Members: ${number.format(members)}`,
    `History: ${historyWords(history)}`,
    ...(completeness === undefined ? [] : [`Complete: ${completenessWords(completeness)}`]),
    `Encrypted: ${channel.encrypted ? "yes, texts stay unreadable" : "no"}`,
    `Agents: ${names.length === 0 ? "none" : names.join(", ")}`,
  ].join("\n");
}

export function historyWords(history: Backfill | undefined): string {
  const read = `${number.format(history?.events ?? 0)} events read`;
  switch (history?.status) {
    case undefined:
      return "not read";
    case "pending":
      return "waiting to be read";
    case "running":
      return `being read, ${read} so far`;
    case "failed":
      return `stopped, ${read}`;
    case "done":
      return `complete, ${read}`;
  }
}

/** Whether anything may be missing, and when that was last compared with the homeserver. */
export function completenessWords({ status, checkedAt, found }: Completeness): string {
  const when = checkedAt === null ? "never compared" : `compared ${checkedAt.toISOString().slice(0, 16)}Z`;
  const finds = found === 0 ? "" : `, ${number.format(found)} events were found`;
  switch (status) {
    case "complete":
      return `yes, ${when}${finds}`;
    case "reading":
      return "not yet, the history is being read";
    case "checking":
      return `being compared now, ${when}${finds}`;
    case "unproven":
      return "not compared yet";
    case "stopped":
      return `unknown, comparing did not work, ${when}`;
  }
}
