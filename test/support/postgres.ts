import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chownSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Client } from "pg";

/** A throw-away PostgreSQL server of our own, with fsync on. */
export interface Cluster {
  /** Where a database of it is reached, over loopback. */
  url(database?: string): string;
  /** Starts it again on the same port after `stop` or `kill`. Returns when it accepts connections. */
  start(): Promise<void>;
  /** Shuts down in an orderly way; open connections are ended. */
  stop(): Promise<void>;
  /** kill -9 of the server and all of its processes, as a power cut would. */
  kill(): Promise<void>;
  /** Stops it and removes its files. */
  dispose(): Promise<void>;
}

/**
 * The directory with the programs of a PostgreSQL ≥ 15 that has pgvector: that of `pg_ctl` in PATH, or the newest under
 * /usr/lib/postgresql. Undefined when there is none.
 */
export function findPostgres(): string | undefined {
  const inPath = (process.env["PATH"] ?? "").split(delimiter).filter((directory) => directory !== "");
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const candidates = [...inPath, ...versions.map((version) => join(debian, version, "bin"))];
  return candidates.find(isUsable);
}

function isUsable(bin: string): boolean {
  if (!existsSync(join(bin, "pg_ctl")) || !existsSync(join(bin, "initdb"))) return false;
  const version = outputOf(join(bin, "pg_ctl"), "--version");
  if (Number(/(\d+)/.exec(version)?.[1] ?? 0) < 15) return false;
  const share = outputOf(join(bin, "pg_config"), "--sharedir");
  // Debian's pg_config in PATH may be another version's; its servers look in a directory of their own version.
  return [share, join(bin, "../share"), bin.replace("/usr/lib/", "/usr/share/").replace(/\/bin$/, "")].some(
    (directory) => existsSync(join(directory, "extension/vector.control")),
  );
}

function outputOf(program: string, argument: string): string {
  const { error, stdout } = spawnSync(program, [argument], { encoding: "utf8" });
  return error === undefined ? stdout.trim() : "";
}

/** Starts a server of our own. Throws when there is no PostgreSQL on this machine; ask `findPostgres` first. */
export async function startCluster(): Promise<Cluster> {
  const bin = findPostgres();
  if (bin === undefined) throw new Error("no PostgreSQL ≥ 15 with pgvector on this machine");
  const directory = mkdtempSync(join(tmpdir(), "microdao-postgres-"));
  const owner = unprivilegedUser();
  if (owner !== undefined) chownSync(directory, owner.uid, owner.gid);
  const data = join(directory, "data");
  const made = spawnSync(
    join(bin, "initdb"),
    ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
    { ...owner, cwd: directory, encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const cluster = new OwnCluster(join(bin, "postgres"), directory, await freePort());
  await cluster.start();
  return cluster;
}

/**
 * Waits for the end of its input, which comes with the end of this process in whatever way, then stops the server and
 * removes its files.
 */
const guardScript =
  'cat >/dev/null; kill -QUIT $(head -n 1 "$1/data/postmaster.pid") 2>/dev/null && sleep 1; rm -rf "$1"';
const startTimeoutMs = 120_000;

class OwnCluster implements Cluster {
  readonly #postgres: string;
  readonly #directory: string;
  readonly #port: number;
  readonly #owner = unprivilegedUser();
  readonly #guard: ChildProcess;
  #server: ChildProcess | undefined;

  constructor(postgres: string, directory: string, port: number) {
    this.#postgres = postgres;
    this.#directory = directory;
    this.#port = port;
    // Detached, so that Ctrl-C does not end the guard before it has done its work.
    this.#guard = spawn("sh", ["-c", guardScript, "sh", directory], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.#guard.unref();
    (this.#guard.stdin as Socket).unref();
  }

  url(database = "postgres"): string {
    return `postgresql://postgres@127.0.0.1:${this.#port}/${database}`;
  }

  async start(): Promise<void> {
    const deadline = Date.now() + startTimeoutMs;
    while (Date.now() < deadline) {
      const server = this.#spawnServer();
      while (server.exitCode === null && server.signalCode === null) {
        if (await acceptsConnections(this.url())) return;
        await pause(50);
      }
      // After a kill -9 the dead server's children may hold its memory for a moment more; then the next try does it.
      await pause(200);
    }
    throw new Error(
      `PostgreSQL did not start: ${readFileSync(join(this.#directory, "log"), "utf8").slice(-2000)}`,
    );
  }

  async stop(): Promise<void> {
    await this.#end("SIGINT");
  }

  async kill(): Promise<void> {
    const children = spawnSync("ps", ["-o", "pid=", "--ppid", String(this.#server?.pid)], {
      encoding: "utf8",
    });
    const ended = this.#end("SIGKILL");
    for (const pid of children.stdout
      .split("\n")
      .map(Number)
      .filter((number) => number > 0)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended by itself.
      }
    }
    await ended;
  }

  async dispose(): Promise<void> {
    await this.#end("SIGQUIT");
    rmSync(this.#directory, { recursive: true, force: true });
    this.#guard.stdin?.end();
  }

  #spawnServer(): ChildProcess {
    const settings = {
      port: this.#port,
      listen_addresses: "127.0.0.1",
      unix_socket_directories: this.#directory,
      max_connections: 300,
      fsync: "on",
      synchronous_commit: "on",
      max_wal_size: "2GB",
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const log = openSync(join(this.#directory, "log"), "a");
    const server = spawn(this.#postgres, ["-D", join(this.#directory, "data"), ...args], {
      ...this.#owner,
      cwd: this.#directory,
      detached: true,
      stdio: ["ignore", log, log],
    });
    server.unref();
    closeSync(log);
    this.#server = server;
    return server;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#server;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.ref();
    server.kill(signal);
    await ended;
  }
}

/** PostgreSQL refuses to run as root. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const user = ["postgres", "nobody"].map((name) => users.find((fields) => fields[0] === name)).find(Boolean);
  if (user === undefined)
    throw new Error("PostgreSQL refuses to run as root, and there is no user postgres or nobody");
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

async function acceptsConnections(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
