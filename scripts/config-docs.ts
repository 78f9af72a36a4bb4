import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configPage, environmentExample } from "../src/config/render-docs.ts";
import { exampleNames, generateRegistration, tokenPlaceholder } from "../src/matrix/registration/index.ts";

/**
 * Writes `.env.example` and `docs/config.md` from the table of settings, and the template `registration.yaml`. With `--check` it writes nothing and exits
 * with 1 when one of them is not what the table says.
 */
const root = join(import.meta.dirname, "..");
const check = process.argv.includes("--check");
const stale: string[] = [];
const template = generateRegistration({ names: exampleNames, newToken: () => tokenPlaceholder }).text;

for (const [path, text] of [
  [".env.example", environmentExample()],
  ["docs/config.md", configPage()],
  ["registration.yaml", template],
] as const) {
  if (read(path) === text) continue;
  stale.push(path);
  if (!check) writeFileSync(join(root, path), text);
}

for (const path of stale) {
  process.stdout.write(check ? `${path} is stale: run node scripts/config-docs.ts\n` : `${path} written\n`);
}
process.exitCode = check && stale.length > 0 ? 1 : 0;

function read(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return undefined;
  }
}
