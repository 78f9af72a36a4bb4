import { didYouMean } from "../../kernel/did-you-mean.ts";
import { type Command, commandTable, type Verb } from "./command-table.ts";

const longestWord = 80;

/**
 * Reads a message that begins with `!dao`. The text is a stranger's: words that could not be an argument make the
 * command unknown, and an answer never repeats them. Undefined when the message is no command (`!daoist`).
 */
export function parseCommand(text: string): Command | undefined {
  const words = text.trim().split(/\s+/, 5);
  if (words[0]?.toLowerCase() !== "!dao") return undefined;
  const [, name = "help", ...rest] = words;
  const verb = name.toLowerCase();
  if (words.some((word) => word.length > longestWord)) return { verb: "unknown" };
  for (const row of commandTable) {
    const command = row.verb === verb ? row.read(rest) : undefined;
    if (command !== undefined) return command;
  }
  const meant = didYouMean(verb, verbs);
  return meant === undefined ? { verb: "unknown" } : { verb: "unknown", meant: meant as Verb };
}

const verbs: readonly string[] = [...new Set(commandTable.map(({ verb }) => verb))];
