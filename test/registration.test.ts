import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { lintRegistration, type RegistrationFault } from "../src/matrix/registration/index.ts";
import { exampleNames } from "../src/matrix/registration/template.ts";
import { runCli } from "./support/run-cli.ts";
import { synapsePython } from "./support/synapse.ts";

let directory: string;
const env = { MATRIX_SERVER_NAME: "example.org" };
const file = () => join(directory, ".data/registration.yaml");
const text = () => readFileSync(file(), "utf8");
const read = (path = file()) => parse(readFileSync(path, "utf8")) as Record<string, unknown>;
const run = (...args: string[]) => runCli(["registration", ...args], { directory, env });

async function faultsOf(...args: string[]) {
  const { code, stdout } = await run("--check", "--json", ...args);
  const report = JSON.parse(stdout) as { ok: boolean; faults: RegistrationFault[] };
  expect(report.ok).toBe(code === 0);
  return report.faults;
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "microdao-registration-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe("writing", () => {
  test("the file is for its owner only, and neither output nor a second run betrays or changes the tokens", async () => {
    const first = await run();
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toContain("app_service_config_files");
    expect(first.stdout).toContain(file());
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    const before = text();
    const second = await run("--json");
    expect(JSON.parse(second.stdout)).toMatchObject({ created: false, changes: [], ok: true });
    expect(text()).toBe(before);
    const { as_token: asToken, hs_token: hsToken } = read();
    for (const secret of [asToken, hsToken]) expect(first.stdout + second.stdout).not.toContain(secret);
  });

  test("tokens change when told to, and nothing else does", async () => {
    await run();
    const before = read();
    expect((await run("--rotate-tokens")).code).toBe(0);
    const after = read();
    expect(after["as_token"]).not.toBe(before["as_token"]);
    expect(after["hs_token"]).not.toBe(before["hs_token"]);
    expect({ ...after, as_token: 0, hs_token: 0 }).toEqual({ ...before, as_token: 0, hs_token: 0 });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  test("tokens that are too short stay as they are and are named", async () => {
    await run();
    writeFileSync(file(), stringify({ ...read(), as_token: "short" }));
    const { code, stdout } = await run();
    expect(code).toBe(1);
    expect(stdout).toContain("token-short at as_token");
    expect(read()["as_token"]).toBe("short");
  });

  test("a directory that is not there is not made", async () => {
    const path = join(directory, "nowhere/registration.yaml");
    const { code, stderr } = await runCli(["registration"], {
      directory,
      env: { ...env, REGISTRATION_PATH: path },
    });
    expect(code).toBe(1);
    expect(stderr).toContain("no such directory");
    expect(stderr).toContain(`mkdir -p ${join(directory, "nowhere")}`);
    expect(existsSync(join(directory, "nowhere"))).toBe(false);
  });

  test("a file that is no registration is not overwritten", async () => {
    mkdirSync(join(directory, ".data"));
    writeFileSync(file(), "id: [\n");
    const { code, stderr } = await run();
    expect(code).toBe(1);
    expect(stderr).toContain("yaml-invalid at line");
    expect(text()).toBe("id: [\n");
  });

  test("faults of the configuration come one to a line, all at once, and nothing is written", async () => {
    writeFileSync(join(directory, "config.yaml"), "bot_localprt: x\nagent_prefix: DAO_\n");
    const { code, stderr } = await runCli(["registration"], { directory, env: { PORT: "many" } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/config\.yaml: bot_localprt: .*bot_localpart \(did you mean that\?\)/);
    expect(stderr).toMatch(/config\.yaml: agent_prefix: found "DAO_"/);
    expect(stderr).toMatch(/PORT: found "many"; write a whole number/);
    expect(existsSync(file())).toBe(false);
  });

  test("the server's name has to be known", async () => {
    const { code, stderr } = await runCli(["registration"], { directory });
    expect(code).toBe(1);
    expect(stderr).toContain("MATRIX_SERVER_NAME: found nothing; write the part after the colon");
  });
});

describe("checking", () => {
  test("a fresh file has nothing to correct, and the template everything", async () => {
    await run();
    expect(await run("--check")).toMatchObject({ code: 0, stderr: "" });
    writeFileSync(file(), readFileSync("registration.yaml", "utf8"));
    expect((await faultsOf()).map(({ code }) => code)).toEqual([
      "token-placeholder",
      "token-placeholder",
      "tokens-equal",
    ]);
  });

  test("a file that is missing is a fault with its fix", async () => {
    const { code, stdout } = await run("--check");
    expect(code).toBe(1);
    expect(stdout).toContain("file-missing");
    expect(stdout).toContain("run: microdao registration");
  });

  test("every fault is named at once, with its place and its fix", async () => {
    await run();
    writeFileSync(
      file(),
      stringify({
        ...read(),
        url: "http://127.0.0.1:1234",
        as_token: "same",
        hs_token: "same",
        sender_localpart: "dao_bot",
        rate_limited: true,
        receive_ephemeral: undefined,
        namespaces: {
          users: [
            { exclusive: "yes please", regex: "@microdao:example.org" },
            { exclusive: true, regex: "^@dao_[^:]+:example\\.com$" },
          ],
          aliases: [],
        },
      }),
    );
    const faults = await faultsOf();
    expect(faults.map(({ code, path }) => `${code} ${path}`)).toEqual([
      "sender-is-agent sender_localpart",
      "url-differs url",
      "ephemeral-missing receive_ephemeral",
      "rate-limited rate_limited",
      "token-short as_token",
      "token-short hs_token",
      "tokens-equal hs_token",
      "exclusive-not-boolean namespaces.users[0].exclusive",
      "regex-unanchored namespaces.users[0].regex",
      "regex-unescaped namespaces.users[0].regex",
      "server-name-mismatch namespaces.users[1].regex",
    ]);
    for (const { found, fix } of faults) expect([found, fix]).not.toContain("");
  });

  test("other registrations are compared, and a copy of the own path is not another one", async () => {
    await run();
    const other = join(directory, "irc.yaml");
    writeFileSync(
      other,
      stringify({ id: "irc", namespaces: { users: [{ exclusive: true, regex: "@dao_s.*:example\\.org" }] } }),
    );
    expect(await faultsOf("--against", file())).toEqual([]);
    expect(await faultsOf("--against", file(), other)).toEqual([
      expect.objectContaining({ code: "namespace-overlap", severity: "error", path: "namespaces.users" }),
    ]);
    expect(await faultsOf("--against", join(directory, "absent.yaml"))).toEqual([
      expect.objectContaining({
        code: "file-missing",
        fix: "correct the path after --against, or that file",
      }),
    ]);
  });
});

describe("a real Synapse", () => {
  const program = `
import json, sys, yaml
from synapse.config.appservice import _load_appservice
answers = []
for path in sys.argv[2:]:
    try:
        with open(path) as file:
            service = _load_appservice(sys.argv[1], yaml.safe_load(file), path)
        answers.append({
            "id": service.id, "url": service.url, "sender": service.sender.to_string(), "limited": service.rate_limited,
            "ephemeral": service.supports_ephemeral and service.supports_unstable_ephemeral,
            "users": [user for user in ["@microdao:example.org", "@dao_sofia:example.org", "@dao_a=c3=a9/x:example.org",
                "@alice:example.org", "@dao_sofia:example.org.evil.net", "@dao_sofia:exampleXorg", "@microdao2:example.org"]
                if service.is_exclusive_user(user)],
            "alias": service.is_exclusive_alias("#dao_general:example.org"),
        })
    except Exception as error:
        answers.append({"error": f"{type(error).__name__}: {error}"})
print(json.dumps(answers))`;

  let python: string;
  // The first time, Synapse is installed.
  beforeAll(async () => {
    python = await synapsePython();
  }, 300_000);

  async function load(...paths: string[]): Promise<Record<string, unknown>[]> {
    const { stdout } = await promisify(execFile)(python, ["-c", program, "example.org", ...paths]);
    return JSON.parse(stdout) as Record<string, unknown>[];
  }

  test("1: loads what was written and takes it for what was meant", async () => {
    await run();
    expect(await load(file())).toEqual([
      {
        id: "microdao",
        url: "http://127.0.0.1:9009",
        sender: "@microdao_appservice:example.org",
        limited: false,
        ephemeral: true,
        users: ["@microdao:example.org", "@dao_sofia:example.org", "@dao_a=c3=a9/x:example.org"],
        alias: true,
      },
    ]);
  });

  test("refuses nothing that the check lets pass", async () => {
    await run();
    const good = read();
    const users = (entry: unknown) => ({ namespaces: { ...(good["namespaces"] as object), users: [entry] } });
    const changes: object[] = [
      { id: "a|b" },
      { id: 7 },
      { as_token: null },
      { hs_token: 12 },
      { sender_localpart: "@bot:example.org" },
      { sender_localpart: "b=c" },
      { url: undefined },
      { url: 80 },
      { namespaces: null },
      { namespaces: { users: {} } },
      users("@dao_.*"),
      users({ exclusive: "true", regex: "@a:b" }),
      users({ exclusive: true }),
      users({ exclusive: true, regex: "@dao_[" }),
      users({ exclusive: true, regex: "@(?<name>dao):x" }),
      users({ exclusive: true, regex: "@\\q:example\\.org$" }),
    ];
    const paths = changes.map((change, index) => {
      const path = join(directory, `${index}.yaml`);
      writeFileSync(path, stringify({ ...good, ...change }));
      return path;
    });
    const answers = await load(...paths);
    for (const [index, path] of paths.entries()) {
      expect(answers[index], JSON.stringify(changes[index])).toHaveProperty("error");
      const faults = lintRegistration({ path, raw: read(path) }, exampleNames);
      expect(
        faults.some(({ severity }) => severity === "error"),
        JSON.stringify(changes[index]),
      ).toBe(true);
    }
  });
});
