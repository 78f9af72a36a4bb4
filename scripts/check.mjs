// npm run check: everything that can be said about the code without starting a server. Two things at a time.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ensureInstalled, node, root } from "./ensure-installed.mjs";

ensureInstalled({ dev: true });

const bin = (name) => join(root, "node_modules", ".bin", name);
const checks = [
  [
    "lint",
    bin("eslint"),
    [
      "--cache",
      "--cache-location",
      "node_modules/.cache/eslint/",
      "src",
      "test",
      "bench",
      "scripts",
      "packages",
      "examples",
    ],
  ],
  ["types", bin("tsc"), ["--noEmit"]],
  ["format", bin("biome"), ["check", "."]],
  ["import law", bin("depcruise"), ["src", "--output-type", "err"]],
  ["unit tests", bin("vitest"), ["run", "--project", "unit", "--reporter=dot"]],
  ["database diagram", node, ["scripts/erd.ts", "--check"]],
  ["who may do what", node, ["scripts/rights.ts", "--check"]],
  ["configuration docs", node, ["scripts/config-docs.ts", "--check"]],
  ["API description", node, ["scripts/openapi.ts", "--check"]],
];

const waiting = [...checks];
const failed = [];
await Promise.all([worker(), worker()]);
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join(", ")}`);
  process.exit(1);
}

async function worker() {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) await run(...check);
}

function run(name, command, args) {
  return new Promise((done) => {
    const began = performance.now();
    const output = [];
    const path = `${join(root, "node_modules", ".bin")}:${process.env.PATH ?? ""}`;
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, PATH: path },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => output.push(chunk));
    child.on("close", (code) => {
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      console.log(`${code === 0 ? "ok  " : "FAIL"} ${name} (${seconds} s)`);
      if (code !== 0) {
        failed.push(name);
        process.stdout.write(Buffer.concat(output));
      }
      done();
    });
  });
}
