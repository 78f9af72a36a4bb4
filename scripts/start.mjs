// npm start: installs what is missing, then runs the quickstart under the project's own Node and passes signals on.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ensureInstalled, node, root } from "./ensure-installed.mjs";

ensureInstalled({ dev: false });

// The channel tells the quickstart when this process is gone, however it went.
const main = join(root, "src", "cli", "main.ts");
const child = spawn(node, ["--disable-warning=DEP0060", main, "quickstart", ...process.argv.slice(2)], {
  cwd: root,
  stdio: ["inherit", "inherit", "inherit", "ipc"],
});

const stop = () => child.kill("SIGTERM");
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
watchParent();

child.on("error", (error) => {
  console.error(`The quickstart could not be run with ${node}: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(code ?? (signal === null ? 0 : 1)));

/** npm, when it is killed, tells nobody; the bridge shall not go on without a terminal. */
function watchParent() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop();
  }, 1000).unref();
}
