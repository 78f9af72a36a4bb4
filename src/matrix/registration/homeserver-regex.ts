/** A regular expression as the homeserver applies it: anchored at the start of the text and nowhere else. */
export interface HomeserverRegex {
  matches(text: string): boolean;
}

/**
 * Reads an expression as Python's `re` does and answers as `re.match`. Gives the reason instead when Python would refuse
 * it. The few differences between the two dialects that can occur in a registration are bridged here: named groups,
 * `\A`, `\Z` and leading inline flags.
 * Source: `_check_namespaces` and `_matches_regex` of Synapse's `ApplicationService`.
 */
export function compileHomeserverRegex(source: string): HomeserverRegex | { readonly reason: string } {
  const refused = refusedByPython(source);
  if (refused !== undefined) return { reason: refused };
  const flags = /^\(\?([aiLmsux]+)\)/.exec(source);
  const body = source
    .slice(flags?.[0].length ?? 0)
    .replace(/\\[\s\S]|\(\?P</g, (part) => inJavaScript[part] ?? part);
  try {
    const regex = new RegExp(body, flags?.[1]?.includes("i") === true ? "iy" : "y");
    return {
      matches(text) {
        regex.lastIndex = 0;
        return regex.test(text);
      },
    };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : "not a regular expression" };
  }
}

/** What Python writes differently. */
const inJavaScript: Record<string, string> = { "(?P<": "(?<", "\\A": "^", "\\Z": "$" };

/** What JavaScript would read and Python would not. */
function refusedByPython(source: string): string | undefined {
  if (/\(\?<[A-Za-z_]/.test(source)) return "a named group is written (?P<name>…) here";
  const unknownEscape = /(?<!\\)(?:\\\\)*\\([CEFGHIJKLMOPQRTVXYceghijklmopqyz])/.exec(source);
  if (unknownEscape?.[1] !== undefined) return `\\${unknownEscape[1]} means nothing`;
  if (/(?:^|[^\\])(?:\[\]|\[\^\])(?![^[]*\])/.test(source)) return "an empty character class";
  return undefined;
}
