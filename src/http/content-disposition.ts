/** RFC 6266: the name in ASCII for those who know no other, and as it is (RFC 8187). Control characters are left out. */
export function contentDisposition(inline: boolean, filename: string | null): string {
  const kind = inline ? "inline" : "attachment";
  const name = (filename ?? "")
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}/\\]/gu, "_")
    .slice(0, 200);
  if (name === "") return kind;
  const ascii = name.replaceAll(/[^\x20-\x7e]|["%]/g, "_");
  const encoded = encodeURIComponent(name.toWellFormed()).replaceAll(/['()*]/g, percent);
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
