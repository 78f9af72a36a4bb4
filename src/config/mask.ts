import type { Setting } from "./settings.ts";

const longest = 80;

/** What may be shown of a value that was found: never a secret, never a password inside a URL, never a whole page. */
export function maskValue(row: Setting | undefined, text: string): string {
  const hidden = `a value of ${text.length} characters (not shown)`;
  if (row?.secret === "all") return hidden;
  const shown = maskUrlPassword(text);
  if (shown === undefined) return hidden;
  return JSON.stringify(shown.length > longest ? `${shown.slice(0, longest)}…` : shown);
}

/**
 * The text with the password of a URL and the secrets of its query replaced. Undefined when there may be a password in
 * it that cannot be told apart, because the text is no URL.
 */
export function maskUrlPassword(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || url.host === "") return text.includes("@") ? undefined : text;
  const secretParameters = [...url.searchParams.keys()].filter((name) => /pass|token|key|secret/i.test(name));
  if (url.password === "" && secretParameters.length === 0) return text;
  if (url.password !== "") url.password = "***";
  for (const name of secretParameters) url.searchParams.set(name, "***");
  return url.toString();
}
