// Runs before anything is installed, under whatever Node (20 or newer) the reader has: built-in modules only.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

const isWindows = process.platform === "win32";

/** The Node that the project is written for. The package `node` brings it, so that any Node that runs npm is enough. */
export const node = join(root, "node_modules", "node", "bin", isWindows ? "node.exe" : "node");

/**
 * Makes node_modules hold what package-lock.json says, and the database client be made from the schema as it is now.
 * Does nothing, in milliseconds, when that is so already.
 *
 * @param {{ dev: boolean }} wanted whether what only development needs must be there too
 */
export function ensureInstalled({ dev }) {
  if (Number(process.versions.node.split(".")[0]) < 20) {
    fail(
      `Node 20 or newer is needed; this is Node ${process.versions.node}. See https://nodejs.org/en/download.`,
    );
  }
  if (!hasPackages({ dev })) {
    requireNpm();
    console.log("Installing packages with npm ci; this takes a minute.");
    npm(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  }
  if (!hasDatabaseClient()) npm(["run", "--silent", "generate"]);
}

/** npm 9 cannot read a lockfile in which one package stands in for another. */
function requireNpm() {
  const { stdout } = spawnSync("npm", ["--version"], { cwd: root, encoding: "utf8", shell: isWindows });
  const version = (stdout ?? "").trim();
  if (version === "") fail("npm was not found. It comes with Node: https://nodejs.org/en/download.");
  if (Number(version.split(".")[0]) < 10) {
    fail(`npm 10 or newer is needed; this is npm ${version}. Get it with: npm install --global npm@10`);
  }
}

function hasPackages({ dev }) {
  if (!existsSync(node)) return false;
  const wanted = packagesOf("package-lock.json");
  const present = packagesOf("node_modules/.package-lock.json");
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "" || entry.optional || entry.devOptional || (entry.dev && !dev)) return true;
    return present[path]?.version === entry.version;
  });
}

/** npm keeps what it installed in a lockfile of its own, so comparing the two finds an old or half done installation. */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")).packages ?? {};
  } catch {
    return {};
  }
}

function hasDatabaseClient() {
  const client = join(root, "src", "db", "generated", "client.ts");
  if (!existsSync(client)) return false;
  const schema = join(root, "prisma", "schema");
  const changed = readdirSync(schema).map((name) => statSync(join(schema, name)).mtimeMs);
  return statSync(client).mtimeMs >= Math.max(...changed);
}

function npm(args) {
  const { status, error } = spawnSync("npm", args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    shell: isWindows,
  });
  if (status !== 0) fail(`npm ${args.join(" ")} failed${error ? `: ${error.message}` : ""}.`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
