import type { TriggerKind } from "./run-types.ts";

/** What an agent reacts to in a channel (`agent_channel_settings`). */
export interface TriggerSettings {
  readonly onMention: boolean;
  /** Its display name in the text counts as a mention. */
  readonly onName: boolean;
  readonly onReply: boolean;
  readonly onDirect: boolean;
  readonly onCommand: boolean;
  /** Case-folded (`foldWords`). */
  readonly keywords: readonly string[];
  readonly who: "everybody" | "members";
  /** Whether other agents may ask it. */
  readonly answersAgents: boolean;
}

/** What is known of a message and an agent that may be meant by it. */
export interface Address {
  readonly text: string;
  readonly mentioned: boolean;
  readonly repliedTo: boolean;
  /** The message is `!<code of the agent> …`. */
  readonly commanded: boolean;
  /** One person and one agent are in the room. */
  readonly direct: boolean;
  readonly agentName: string;
  readonly askerIsAgent: boolean;
  readonly askerIsMember: boolean;
  /** Whether whoever wrote it is in the channel. */
  readonly askerIsHere: boolean;
}

/** Why the agent is meant by the message; undefined when it is not, or may not be asked by whoever wrote it. */
export function triggerOf(address: Address, settings: TriggerSettings): TriggerKind | undefined {
  if (!mayAsk(address, settings)) return undefined;
  if (address.mentioned && settings.onMention) return "mention";
  // Agents would answer each other's answers for ever.
  if (address.askerIsAgent) return undefined;
  return triggerOfPerson(address, settings);
}

function triggerOfPerson(address: Address, settings: TriggerSettings): TriggerKind | undefined {
  if (address.repliedTo && settings.onReply) return "reply";
  if (address.commanded) return settings.onCommand ? "command" : undefined;
  if (address.direct && settings.onDirect) return "direct";
  return triggerByWords(address, settings);
}

function mayAsk({ askerIsAgent, askerIsMember, askerIsHere }: Address, settings: TriggerSettings): boolean {
  if (!askerIsHere) return false;
  return askerIsAgent ? settings.answersAgents : settings.who === "everybody" || askerIsMember;
}

function triggerByWords(
  { text, agentName }: Address,
  { onName, keywords }: TriggerSettings,
): TriggerKind | undefined {
  if (!onName && keywords.length === 0) return undefined;
  const folded = foldWords(text);
  if (onName && hasWords(folded, foldWords(agentName))) return "mention";
  return keywords.some((keyword) => hasWords(folded, keyword)) ? "keyword" : undefined;
}

/** The form in which words are compared: letters alike, whatever their case and encoding. */
export function foldWords(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
}

const wordCharacter = /[\p{L}\p{N}\p{M}_]/u;

/** Whether a folded text has these folded words, and not as parts of others. */
export function hasWords(text: string, words: string): boolean {
  if (words === "") return false;
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    const before = Array.from(text.slice(Math.max(0, at - 2), at)).at(-1) ?? "";
    const after = Array.from(text.slice(at + words.length, at + words.length + 2))[0] ?? "";
    if (!wordCharacter.test(before) && !wordCharacter.test(after)) return true;
  }
  return false;
}

/** The word after the exclamation mark of a command, folded; undefined when the text is none. */
export function commandWord(text: string): string | undefined {
  return /^\s*!([^\p{C}\s:!]{1,64})(?:\s|$)/u.exec(text)?.[1]?.toLowerCase();
}
