// npm test: installs what is missing, runs every test, and ends with one line that says how many passed and failed.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensureInstalled, node, root } from "./ensure-installed.mjs";

ensureInstalled({ dev: true });

const isWhole = process.argv.length === 2;
const report = join(root, "node_modules", ".cache", `test-results-${process.pid}.json`);
mkdirSync(dirname(report), { recursive: true });

const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
const child = spawn(node, [vitest, "run", ...reporters, ...process.argv.slice(2)], {
  cwd: root,
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
