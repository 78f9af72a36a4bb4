import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderRights } from "./rights/render-rights.ts";
import { readRightsParts } from "./rights/rights-parts.ts";

/**
 * Writes `docs/rights.md`: who may do what, by role, plan and mode, and what every entrance demands. With `--check` it
 * writes nothing and exits with 1 when the page says anything else than the code.
 */
const page = join(import.meta.dirname, "../docs/rights.md");
const text = renderRights(readRightsParts());

if (!existsSync(page) || readFileSync(page, "utf8") !== text) {
  if (process.argv.includes("--check")) {
    process.stdout.write("docs/rights.md is stale: run node scripts/rights.ts\n");
    process.exitCode = 1;
  } else {
    writeFileSync(page, text);
    process.stdout.write("docs/rights.md written\n");
  }
}
