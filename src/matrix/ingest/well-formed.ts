/**
 * Text as PostgreSQL can store it: NUL and lone surrogates, which JSON can carry and UTF-8 in a `text` column cannot,
 * become U+FFFD.
 */
export function wellFormed(text: string): string {
  const clean = text.toWellFormed();
  return clean.includes("\0") ? clean.replaceAll("\0", "\uFFFD") : clean;
}

/** Whether an identifier can be stored as it is. Identifiers are never mended: a mended one would name something else. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

/** A JSON value whose strings and keys can all be stored, cut off below `depth` levels. */
export function wellFormedJson(value: unknown, depth = 12): unknown {
  if (typeof value === "string") return wellFormed(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return null;
  if (Array.isArray(value)) return value.map((item) => wellFormedJson(item, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [wellFormed(key), wellFormedJson(item, depth - 1)]),
  );
}
