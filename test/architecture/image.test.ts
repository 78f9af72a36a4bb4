import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { freePort } from "../../src/cli/quickstart/free-port.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { patience } from "../support/patience.ts";
import { buildWithoutDocker, dockerfileLine, filesUnder, isSent } from "./dockerfile.ts";
import { textOf } from "./repository.ts";

/**
 * What the image does, without Docker: the lines of the Dockerfile are carried out in a directory, and what is there
 * then is run as the image runs it, with nothing in its environment and no network but loopback.
 */
const directory = mkdtempSync(join(tmpdir(), "microdao-image-"));
const data = join(directory, "data");
const synapse = join(directory, "synapse");
const strangers = join(directory, "strangers");
const searchPath = [dirname(process.execPath), process.env["PATH"] ?? ""].join(":");
let app: string;
let database: TestDatabase;
let port: number;

beforeAll(async () => {
  const image = buildWithoutDocker(directory, { PATH: searchPath, HOME: directory, ...npmSettings() });
  app = join(image, "app");
  for (const path of [data, synapse]) mkdirSync(path);
  writeFileSync(join(directory, "loopback-only.mjs"), loopbackOnly);
  database = await createTestDatabase("default", { empty: true });
  port = await freePort("127.0.0.1");
});

afterAll(async () => {
  await database.drop();
  rmSync(directory, { recursive: true, force: true });
});

/** How this machine reaches a package registry; a container has its own way. */
function npmSettings(): Record<string, string> {
  const names = Object.keys(process.env).filter((name) =>
    /^(?:npm_config_|https?_proxy$|no_proxy$|NODE_EXTRA_CA)/i.test(name),
  );
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? ""]));
}

/** Runs in every process of the image: refuses whatever does not go to this machine, and writes it down. */
const loopbackOnly = `
import { appendFileSync } from "node:fs";
import { Socket } from "node:net";
const connect = Socket.prototype.connect;
Socket.prototype.connect = function (...args) {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0];
  const host = typeof first === "object" ? first.host : args[1];
  const isLocal = first?.path !== undefined || ["127.0.0.1", "::1", "localhost", undefined].includes(host);
  if (isLocal) return connect.apply(this, args);
  appendFileSync(${JSON.stringify(strangers)}, host + "\\n");
  throw new Error("the image called " + host);
};
`;

function environment(): Record<string, string> {
  return {
    // No npm, no node_modules/.bin: the image's own Node alone.
    PATH: dirname(process.execPath),
    NODE_OPTIONS: `--import=${join(directory, "loopback-only.mjs")}`,
    NODE_ENV: "production",
    DATA_DIR: data,
    SYNAPSE_DIR: synapse,
    HOST: "127.0.0.1",
    PORT: String(port),
    DATABASE_URL: database.url,
    // Nobody is there: a homeserver that is away does not keep the bridge from starting.
    MATRIX_HOMESERVER_URL: "http://127.0.0.1:1",
    MATRIX_SERVER_NAME: "localhost",
    LOG_LEVEL: "warn",
  };
}

function entrypoint(): string[] {
  const [node, ...args] = JSON.parse(dockerfileLine("ENTRYPOINT")) as string[];
  expect(node).toBe("node");
  return args.map((argument) => argument.replace(/^\/app\//, `${app}/`));
}

function runInImage(args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: data,
    env: environment(),
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const microdao = (...args: string[]) => runInImage([...entrypoint(), ...args]);
const healthcheck = () => runInImage([join(app, "docker/healthcheck.mjs")]).status;

describe("the Dockerfile", () => {
  it("has the Node that the package pins", () => {
    const { dependencies } = JSON.parse(textOf("package.json")) as { dependencies: Record<string, string> };
    expect(dockerfileLine("ARG")).toBe(`NODE_VERSION=${dependencies["node"] ?? ""}`);
  });

  it("does not run as root, and checks the health with a file that is there", () => {
    expect(dockerfileLine("USER")).toBe("node");
    expect(dockerfileLine("HEALTHCHECK")).toContain('CMD ["node", "/app/docker/healthcheck.mjs"]');
    expect(existsSync(join(app, "docker/healthcheck.mjs"))).toBe(true);
  });

  it("sends no secrets, no tests and nothing of this working copy", () => {
    expect(
      ["src/cli/main.ts", "prisma/schema/tenancy.prisma", "package-lock.json"].filter(
        (path) => !isSent(path),
      ),
    ).toEqual([]);
    const unwanted = [
      ".env",
      "config.yaml",
      ".data/registration.yaml",
      "node_modules/pg/package.json",
      ".git/config",
    ];
    expect(
      [
        ...unwanted,
        "src/kernel/ids.test.ts",
        "src/db/generated/client.ts",
        "test/registration.test.ts",
      ].filter(isSent),
    ).toEqual([]);
  });

  it("leaves out what only development or the making of the client needs", () => {
    const there = (name: string) => existsSync(join(app, "node_modules", name, "package.json"));
    expect(["vitest", "eslint", "prisma", "@biomejs/biome"].filter(there)).toEqual([]);
    expect(
      ["pg", "@prisma/client", "@prisma/schema-engine-wasm", "matrix-js-sdk"].filter((name) => !there(name)),
    ).toEqual([]);
  });
});

describe("what is in the image", () => {
  let files: string[];

  it("says what it can do", () => {
    files = filesUnder(app);
    const { status, stdout } = microdao("--help");
    expect(status).toBe(0);
    expect(stdout).toContain("Usage: microdao");
  });

  it("migrates without a download", () => {
    expect(microdao("migrate", "up", "--yes")).toMatchObject({ status: 0, stderr: "" });
    expect(microdao("migrate", "diff")).toMatchObject({ status: 0, stdout: "" });
  });

  it("prepares what compose.yaml needs once, for its owner's eyes", () => {
    expect(runInImage([join(app, "docker/prepare.mjs")])).toMatchObject({ status: 0, stderr: "" });
    const made = [
      join(data, "config.yaml"),
      join(data, "registration.yaml"),
      join(synapse, "homeserver.yaml"),
    ];
    expect(made.map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
    const texts = made.map((path) => readFileSync(path, "utf8"));
    expect(runInImage([join(app, "docker/prepare.mjs")]).status).toBe(0);
    expect(made.map((path) => readFileSync(path, "utf8"))).toEqual(texts);
    const homeserver = parse(texts[2] ?? "") as Record<string, unknown>;
    expect(homeserver).toMatchObject({
      server_name: "localhost",
      app_service_config_files: [join(data, "registration.yaml")],
      listeners: [{ port: 8008, bind_addresses: ["0.0.0.0"] }],
    });
    expect(microdao("registration", "--check").status).toBe(0);
  });

  it("serves, is healthy, takes a transaction, and stops when it is told to", async () => {
    expect(healthcheck()).toBe(1);
    const server = spawn(
      process.execPath,
      [...entrypoint(), ...(JSON.parse(dockerfileLine("CMD")) as string[])],
      {
        cwd: data,
        env: environment(),
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    const ended = once(server, "exit");
    try {
      await untilHealthy(server);
      expect(healthcheck()).toBe(0);
      expect(await pushTransaction()).toBe(200);
      const began = performance.now();
      server.kill("SIGTERM");
      expect(await ended).toEqual([0, null]);
      expect(performance.now() - began).toBeLessThan(10_000);
    } finally {
      server.kill("SIGKILL");
    }
  });

  it("called nobody outside of this machine, and wrote nothing beside its data", () => {
    expect(existsSync(strangers) ? readFileSync(strangers, "utf8") : "").toBe("");
    expect(filesUnder(app)).toEqual(files);
  });
});

async function untilHealthy(server: ChildProcess): Promise<void> {
  let log = "";
  for (const stream of [server.stdout, server.stderr])
    stream?.on("data", (chunk: Buffer) => (log += chunk.toString()));
  await vi.waitUntil(async () => {
    if (server.exitCode !== null) throw new Error(`it does not serve: ${log}`);
    const reply = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
    return reply?.ok === true;
  }, patience);
}

async function pushTransaction(): Promise<number> {
  const { hs_token: token } = parse(readFileSync(join(data, "registration.yaml"), "utf8")) as {
    hs_token: string;
  };
  const { status } = await fetch(`http://127.0.0.1:${port}/_matrix/app/v1/transactions/1`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ events: [] }),
  });
  return status;
}

describe("compose.yaml", () => {
  interface Service {
    readonly image: string;
    readonly environment?: Record<string, string>;
    readonly healthcheck?: object;
    readonly command?: string[];
    readonly ports?: string[];
  }
  const { services } = parse(textOf("compose.yaml"), { merge: true }) as {
    services: Record<string, Service>;
  };

  it("has the bridge, PostgreSQL with pgvector, Synapse and NATS", () => {
    expect(Object.keys(services).sort()).toEqual([
      "bridge",
      "migrate",
      "nats",
      "postgres",
      "prepare",
      "synapse",
    ]);
    expect(services["postgres"]?.image).toMatch(/^pgvector\/pgvector:pg\d+$/);
  });

  it("watches the health of all that goes on running", () => {
    // The bridge's check is in the image.
    const watched = Object.entries(services).filter(([, service]) => service.healthcheck !== undefined);
    expect(watched.map(([name]) => name).sort()).toEqual(["nats", "postgres", "synapse"]);
  });

  it("shows its ports to this machine only", () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports.length).toBe(2);
    for (const published of ports) expect(published).toMatch(/^127\.0\.0\.1:/);
  });
});
