/** What somebody asked the bot for in a room. */
export type Command =
  | { readonly verb: "help" }
  | { readonly verb: "status" }
  | { readonly verb: "unlink" }
  | { readonly verb: "link"; readonly microdao: string; readonly slug: string }
  | { readonly verb: "unknown" };

const longestWord = 80;

/**
 * Reads a message that begins with `!dao`. The text is a stranger's: words that could not be an argument make the
 * command unknown, and an answer never repeats them. Undefined when the message is no command (`!daoist`).
 */
export function parseCommand(text: string): Command | undefined {
  const words = text.trim().split(/\s+/, 5);
  if (words[0]?.toLowerCase() !== "!dao") return undefined;
  const [, verb = "help", ...rest] = words;
  if (rest.some((word) => word.length > longestWord)) return { verb: "unknown" };
  return commandOf(verb.toLowerCase(), rest);
}

function commandOf(verb: string, rest: readonly string[]): Command {
  if (verb === "link") return linkCommandOf(rest);
  if (rest.length > 0) return { verb: "unknown" };
  if (verb === "help" || verb === "status" || verb === "unlink") return { verb };
  return { verb: "unknown" };
}

function linkCommandOf(rest: readonly string[]): Command {
  const [first, second, third] = rest;
  if (first === undefined || second === undefined || third !== undefined) return { verb: "unknown" };
  const microdao = /^(?:microdao:)?([1-9]\d{0,17})$/i.exec(first)?.[1];
  const slug = second.toLowerCase();
  if (microdao === undefined || !/^[a-z0-9-]+$/.test(slug)) return { verb: "unknown" };
  return { verb: "link", microdao: `microdao:${microdao}`, slug };
}
