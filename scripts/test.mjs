// npm test: installs what is missing, runs every test, and ends with one line that says how many passed and failed.
// `--seed N` does again what chance has done in tests that printed it; everything else is Vitest's.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensureInstalled, node, root } from "./ensure-installed.mjs";
import { readTestArguments } from "./test-arguments.mjs";

const { fault, seed, rest } = readTestArguments(process.argv.slice(2));
if (fault !== undefined) {
  console.error(fault);
  process.exit(1);
}
ensureInstalled({ dev: true });

const isWhole = rest.length === 0;
const report = join(root, "node_modules", ".cache", `test-results-${process.pid}.json`);
mkdirSync(dirname(report), { recursive: true });

const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
const child = spawn(node, [vitest, "run", ...reporters, ...rest], {
  cwd: root,
  env: { ...process.env, ...(seed !== undefined && { SEED: String(seed) }) },
  stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill("SIGTERM"));
child.on("error", (error) => finish(1, error.message));
child.on("exit", (code, signal) => finish(code ?? 1, signal === null ? "" : `ended by ${signal}`));

function finish(code, reason) {
  const { passed, failed } = countResults();
  // A run that ends badly without a failed test (an unhandled error, a signal) has failed all the same.
  const isBad = code !== 0 || (isWhole && failed === 0 && !isConformanceTrue());
  const failures = isBad && failed === 0 ? 1 : failed;
  if (reason !== "") console.error(reason);
  console.log(`${passed} passed, ${failures} failed`);
  process.exit(failures > 0 ? 1 : 0);
}

/** A file that could not even be loaded has no tests to count: it is one failure. */
function countResults() {
  try {
    const results = JSON.parse(readFileSync(report, "utf8"));
    const unloaded = results.testResults.filter(
      (file) => file.status === "failed" && file.assertionResults.length === 0,
    );
    return { passed: results.numPassedTests, failed: results.numFailedTests + unloaded.length };
  } catch {
    return { passed: 0, failed: 0 };
  } finally {
    if (isWhole && existsSync(report)) renameSync(report, join(dirname(report), "test-results.json"));
    rmSync(report, { force: true });
  }
}

/** Whether docs/conformance.md says what this run has shown. */
function isConformanceTrue() {
  const check = spawnSync(node, ["scripts/conformance.ts", "--check"], { cwd: root, stdio: "inherit" });
  return check.status === 0;
}
