#!/usr/bin/env node
// What `npx microdao` runs, under any Node from 20 on: hands over to the Node that the project is written for.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

const child = spawn(projectNode(), ["--disable-warning=DEP0060", main, ...process.argv.slice(2)], {
  stdio: "inherit",
});
// The child decides what a signal means, this process waits for it. Ctrl-C reaches both, kill only this one.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill("SIGTERM"));
child.on("error", (error) => {
  console.error(`microdao could not be run: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code) => process.exit(code ?? 1));

/** The package `node` may be in our own node_modules or, when microdao is a dependency, in one further up. */
function projectNode() {
  try {
    return createRequire(import.meta.url).resolve("node/bin/node");
  } catch {
    return process.execPath;
  }
}
