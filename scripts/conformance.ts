import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import {
  parseRequirements,
  provedBy,
  renderConformance,
  type TestReport,
} from "./conformance/conformance.ts";

/**
 * Writes `docs/conformance.md`: which of the numbered requirements hold, by the last whole test run, which `npm test`
 * keeps in `node_modules/.cache`. With `--check` it writes nothing and exits with 1 when the page says anything else.
 */
const root = join(import.meta.dirname, "..");
const page = join(root, "docs", "conformance.md");
const report = join(root, "node_modules", ".cache", "test-results.json");

if (existsSync(report)) {
  const requirements = parseRequirements(readFileSync(join(root, "docs", "matrix-requirements.md"), "utf8"));
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as TestReport;
  const proofs = provedBy(testResults.map((file) => ({ ...file, name: relative(root, file.name) })));
  settle(renderConformance(requirements, proofs));
} else {
  process.stdout.write("There is no whole test run to read: run npm test first.\n");
  process.exitCode = 1;
}

function settle(text: string): void {
  if (existsSync(page) && readFileSync(page, "utf8") === text) return;
  if (process.argv.includes("--check")) {
    process.stdout.write("docs/conformance.md is stale: run node scripts/conformance.ts\n");
    process.exitCode = 1;
    return;
  }
  writeFileSync(page, text);
  process.stdout.write("docs/conformance.md written\n");
}
