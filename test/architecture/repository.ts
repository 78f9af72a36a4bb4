import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The repository, as tests that read it see it. Paths are relative to `root`, with slashes. */
export const root = join(import.meta.dirname, "../..");

export function textOf(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** The code that runs, without tests and what is generated. */
export function sourceFiles(): string[] {
  return globSync("src/**/*.{ts,mjs}", { cwd: root }).filter(
    (path) => !path.endsWith(".test.ts") && !path.startsWith("src/db/generated/"),
  );
}

/** Our Markdown. */
export function documents(): string[] {
  return [...globSync("*.md", { cwd: root }), ...globSync("docs/**/*.md", { cwd: root })].sort();
}

/** A document without the code blocks that stand alone. */
export function proseOf(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, "");
}

/** What stands between backticks in prose, and the lines of code blocks that a shell would run. */
export function codeIn(text: string): string[] {
  const blocks = [...text.matchAll(/^```(?:sh|console)\n([\s\S]*?)^```$/gm)].flatMap(([, block]) =>
    (block ?? "").replace(/\\\n/g, " ").split("\n"),
  );
  const spans = [...proseOf(text).matchAll(/`([^`\n]+)`/g)].map(([, span]) => span ?? "");
  return [...spans, ...blocks];
}

/** The first column of a Markdown table's rows and the other columns, of the table under a heading. */
export function tableUnder(text: string, heading: string): string[][] {
  const section = text.slice(text.indexOf(`## ${heading}`)).split(/\n## /)[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}
