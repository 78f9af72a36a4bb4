import { wellFormed } from "./well-formed.ts";

/** The longest preview, in UTF-16 code units (so at most as many characters as PostgreSQL counts). */
export const previewLength = 280;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const ellipsis = "…";
/** How many times its length is looked at: a body may have 64 KiB. */
const longestLooked = 8;

/**
 * The beginning of a text: trimmed, at most 280 characters (or `length`), the ellipsis included, never cut inside a
 * grapheme. A single grapheme longer than that (stacked combining marks) is cut between code points.
 */
export function previewOf(text: string, length = previewLength): string {
  const begin = text.trimStart();
  const isLong = begin.length > length * longestLooked;
  const clean = wellFormed(isLong ? begin.slice(0, length * longestLooked) : begin).trimEnd();
  if (clean.length <= length && !isLong) return clean;
  const room = length - ellipsis.length;
  const cut = graphemes.segment(clean.slice(0, length * 2)).containing(room)?.index ?? 0;
  const head =
    cut > 0
      ? clean.slice(0, cut)
      : clean
          .slice(0, room)
          .toWellFormed()
          .replace(/\uFFFD$/, "");
  return head.trimEnd() + ellipsis;
}

/**
 * A body without the quoted lines that old clients put before a reply.
 * Source: client-server API 1.12, "Fallbacks for rich replies" (removed in 1.13, still sent).
 */
export function withoutReplyFallback(body: string): string {
  if (!body.startsWith("> ")) return body;
  const lines = body.split("\n");
  const first = lines.findIndex((line) => !line.startsWith("> ") && line !== ">");
  if (first === -1) return body;
  return lines.slice(lines[first] === "" ? first + 1 : first).join("\n");
}
