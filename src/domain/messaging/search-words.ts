const word = /[\p{L}\p{M}\p{N}]+/gu;

/**
 * The words of a text, in lower case, with spaces between: what the search knows of it. Done here and not by PostgreSQL,
 * whose idea of lower case depends on the locale that the database was made with.
 */
export function wordsOf(text: string): string {
  return (folded(text).match(word) ?? []).join(" ");
}

/** A query in the same words; quotes for phrases, `-` before what is not wanted and `or` keep their meaning. */
export function queryOf(text: string): string {
  return folded(text)
    .replaceAll(/(?<=\S)-/g, " ")
    .replaceAll(/[^\p{L}\p{M}\p{N}\s"-]/gu, " ")
    .trim();
}

/** The text as HTML that may be put into any page, with the words of the query in `<mark>`. */
export function snippetOf(text: string, query: string): string {
  const wanted = new Set(
    queryOf(query)
      .replaceAll(/(?<!\S)-(?:"[^"]*"?|\S+)/g, " ")
      .match(word),
  );
  let snippet = "";
  let from = 0;
  for (const { 0: found, index } of text.matchAll(word)) {
    if (!wanted.has(folded(found))) continue;
    snippet += `${escaped(text.slice(from, index))}<mark>${escaped(found)}</mark>`;
    from = index + found.length;
  }
  return snippet + escaped(text.slice(from));
}

function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? "");
}
