import {
  type Asker,
  type ChannelLink,
  type ChannelStatus,
  type Completeness,
  countLimit,
  type Followup,
  type MemberCount,
  type Neighbour,
  type Retention,
  shownAtMost,
} from "../../domain/messaging/index.ts";
import type { Backfill } from "../backfill/backfill-store.ts";
import { commandTable, powerOf, type Verb, type Who } from "./command-table.ts";

const number = new Intl.NumberFormat("en");
const dayMs = 86_400_000;

/** The whole list; each line is short enough for a phone. */
export function helpAnswer(): string {
  const linesOf = (who: Who) =>
    commandTable.filter((row) => row.who === who).map(({ usage, does }) => `!dao ${usage} – ${does}`);
  return [
    ...linesOf("member"),
    "",
    "Moderators:",
    ...linesOf("moderator"),
    "",
    "Admins:",
    ...linesOf("admin"),
  ].join("\n");
}

/** Never repeats what was written: only what was perhaps meant. */
export function unknownAnswer(meant: Verb | undefined): string {
  const usages = commandTable.filter(({ verb }) => verb === meant).map(({ usage }) => `!dao ${usage}`);
  return usages.length === 0
    ? "I do not know that command. !dao help lists what I do."
    : `I do not know that command. Did you mean ${usages.join(" or ")}?`;
}

export function refusedAnswer(who: Who): string {
  const level = powerOf[who];
  return `That is for ${who}s of this room (power level ${level}).`;
}

export const roleRefusedAnswer =
  "That takes more than power in this room: you have to be admin or owner in the microDAO as well.";

export const stillFrozenAnswer =
  "Agents stay silent: the whole microDAO is frozen, and only its owner lifts that.";

export function askerAnswer(sender: string, power: number, asker: Asker): string {
  const level = Number.isFinite(power) ? `power level ${power}` : "a creator, above all levels";
  const { externalId, role, microdaoRole, microdaoName } = asker;
  return [
    `${sender} is ${externalId}`,
    `In this room: ${role}, ${level}`,
    `In ${microdaoName}: ${microdaoRole ?? "no member"}`,
  ].join("\n");
}

export function channelsAnswer(channels: readonly Neighbour[]): string {
  const lines = channels.map(({ slug, name, canonicalAlias }) => {
    const called = name === slug || name === canonicalAlias ? "" : ` – ${name}`;
    return `${canonicalAlias ?? `#${slug}`}${called}`;
  });
  return listed(
    "Channels that are open to all here:",
    lines,
    "There is no other channel that is open to all here.",
  );
}

export function membersAnswer(counts: readonly MemberCount[]): string {
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const lines = counts.map(({ role, count, names }) => {
    const more = count > names.length ? " and others" : "";
    return `${role}: ${number.format(count)} (${names.join(", ")}${more})`;
  });
  return [`Members: ${number.format(total)}`, ...lines].join("\n");
}

export function agentsAnswer(
  here: ChannelStatus["agents"],
  invitable: readonly { name: string; matrixId: string }[],
): string {
  const line = ({ name, matrixId }: { name: string; matrixId: string | null }) =>
    matrixId === null ? name : `${name} (${matrixId})`;
  return [
    listed("Agents here:", here.map(line), "No agent is here."),
    listed("To be invited:", invitable.map(line), "There is none to be invited."),
  ].join("\n");
}

export function retentionAnswer({ days, roomLifetimeMs, keptFrom }: Retention): string {
  const own = days === null ? "Words are kept without limit." : `Words are kept for ${days} days.`;
  const room =
    roomLifetimeMs === null ? [] : [`The room itself asks for ${Math.ceil(roomLifetimeMs / dayMs)} days.`];
  const gone =
    keptFrom === null
      ? []
      : [`What was said before ${keptFrom.toISOString().slice(0, 10)} is gone, and what agents remembered.`];
  return [own, ...room, ...gone].join("\n");
}

/** Matrix ids only: what strangers call themselves is not repeated before they are in. */
export function knocksAnswer(matrixIds: readonly string[]): string {
  return listed("These ask to come in:", matrixIds, "Nobody asks to come in.");
}

export function knockAnsweredAnswer(matrixId: string, answer: "accept" | "deny"): string {
  return answer === "accept" ? `${matrixId} is invited.` : `${matrixId} is turned away.`;
}

export const exportedAnswer =
  "All that is mirrored here, one JSON object a line. Everybody in this room can read it.";

/** `limitBytes`: the most that the homeserver or the bridge takes. */
export function exportTooLargeAnswer(channelId: string, limitBytes: number): string {
  const limit = Math.max(Math.floor(limitBytes / 1024 ** 2), 1);
  return (
    `The file would have more than ${limit} MiB. With an access key that has channel.export, ` +
    `GET /v1/channels/${channelId}/export of the bridge gives it.`
  );
}

const longestWords = 60;

/**
 * Open follow-ups, one line each. The answer is read by everybody in the room, now and later: what a message said is
 * repeated only where those who come later may read it anyway.
 */
export function followupsAnswer(followups: readonly Followup[]): string {
  const lines = followups.map((followup) => {
    const { note, preview, openHistory, senderName, senderMatrixId, assignee, createdUs } = followup;
    const words = openHistory ? note || preview : "";
    const day = new Date(Number(createdUs / 1000n)).toISOString().slice(0, 10);
    const from = senderName ?? senderMatrixId ?? "somebody";
    const whose = assignee?.matrixId == null ? "" : `, for ${assignee.matrixId}`;
    return `${day} ${words === "" ? `something that ${from} said` : `${from}: ${shortened(words)}`}${whose}`;
  });
  return listed("To come back to:", lines, "There is nothing to come back to. Mark a message with 📌.");
}

/** The beginning of a text, in one line, cut between characters as people see them. */
function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  const parts = Array.from(new Intl.Segmenter("en").segment(line), ({ segment }) => segment);
  return parts.length <= longestWords ? line : `${parts.slice(0, longestWords - 1).join("")}…`;
}

function listed(title: string, lines: readonly string[], none: string): string {
  if (lines.length === 0) return none;
  const more = lines.length > shownAtMost ? ["and others"] : [];
  return [title, ...lines.slice(0, shownAtMost), ...more].join("\n");
}

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

export function cancelledAnswer(count: number): string {
  if (count === 0) return "No agent is working on anything of yours here.";
  return count === 1 ? "One answer was stopped." : `${number.format(count)} answers were stopped.`;
}
