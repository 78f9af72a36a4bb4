const serverName = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?`;
const userId = new RegExp(String.raw`(?<![^\s("'\[<>*_,;])@[a-z0-9._=/+-]+:${serverName}`, "g");
const mostMentions = 50;
const longestUserId = 255;

/**
 * The Matrix users that a text names in full, `@localpart:server`, each once, at most 50.
 * https://spec.matrix.org/v1.19/appendices/#user-identifiers
 */
export function mentionedUsers(text: string): string[] {
  const found = text.match(userId)?.filter((id) => Buffer.byteLength(id) <= longestUserId) ?? [];
  return [...new Set(found)].slice(0, mostMentions);
}
