import { describe, expect, test } from "vitest";
import { configInvalid } from "./fault.ts";
import { loadConfig, requireRegistrationConfig, requireServeConfig } from "./load-config.ts";

const noFile = () => undefined;
const file = (text: string) => (path: string) => (path === "config.yaml" ? text : undefined);
const kek = Buffer.alloc(32, 7).toString("base64");

function faultsOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (configInvalid.is(error)) return error.details.faults;
    throw error;
  }
  return [];
}

describe("reading", () => {
  test("an empty environment gives the defaults", () => {
    expect(loadConfig({}, noFile)).toMatchObject({
      appEnv: "local",
      host: "127.0.0.1",
      port: 9009,
      logLevel: "info",
      registrationPath: ".data/registration.yaml",
      bridgeUrl: "http://127.0.0.1:9009",
      databasePoolSize: 10,
      botLocalpart: "microdao",
      agentPrefix: "dao_",
      defaultMicrodao: "microdao:1",
      triggerMaxAgeMinutes: 60,
      deadLetterDays: 30,
      parkedDays: 30,
      mediaMaxMib: 100,
      mediaTimeoutSeconds: 30,
      mediaLinkMinutes: 60,
    });
  });

  test("the environment wins over the file, and an empty variable counts as none", () => {
    const config = loadConfig({ PORT: "8001", HOST: "" }, file("port: 7000\nhost: 10.0.0.1\n"));
    expect([config.port, config.host]).toEqual([8001, "10.0.0.1"]);
  });

  test("a file that CONFIG_PATH names has to exist, config.yaml does not", () => {
    expect(faultsOf(() => loadConfig({ CONFIG_PATH: "other.yaml" }, noFile))).toEqual([
      { path: "CONFIG_PATH", found: '"other.yaml", which does not exist', write: "the path of a YAML file" },
    ]);
  });

  test("the paths and the URL follow from the other settings", () => {
    const config = loadConfig({ DATA_DIR: "/var/lib/microdao", HOST: "0.0.0.0", PORT: "80" }, noFile);
    expect(config.registrationPath).toBe("/var/lib/microdao/registration.yaml");
    expect(config.bridgeUrl).toBe("http://127.0.0.1:80");
    expect(loadConfig({ HOST: "::1" }, noFile).bridgeUrl).toBe("http://[::1]:9009");
  });

  test("a URL loses its trailing slash", () => {
    expect(loadConfig({ MATRIX_HOMESERVER_URL: "https://hs.example.org/" }, noFile).homeserverUrl).toBe(
      "https://hs.example.org",
    );
  });

  test("an empty file is a file without settings", () => {
    expect(loadConfig({}, file("# nothing yet\n")).port).toBe(9009);
  });

  test("an all-digit text in the file stays the text that was written", () => {
    expect(loadConfig({}, file("bot_localpart: 007\n")).botLocalpart).toBe("007");
  });
});

describe("faults", () => {
  test("all are reported at once, with place, what was found and what to write", () => {
    const faults = faultsOf(() =>
      loadConfig(
        { PORT: "70000", MATRIX_HOMESERVER_URL: "hs.example.org" },
        file("log_level: loud\nport: 1\ndatabse_url: x\n"),
      ),
    );
    expect(faults).toEqual([
      expect.objectContaining({
        path: "config.yaml: databse_url",
        write: "database_url (did you mean that?), or take the line out",
      }),
      { path: "PORT", found: '"70000"', write: "a whole number from 0 to 65535" },
      expect.objectContaining({ path: "config.yaml: log_level", found: '"loud"' }),
      expect.objectContaining({ path: "MATRIX_HOMESERVER_URL", found: '"hs.example.org"' }),
    ]);
  });

  test.each([
    ["SECRETS_KEK", "c2hvcnQtc2VjcmV0"],
    ["DATABASE_URL", "postgresql://me:hunter2@:70000/x"],
    ["DATABASE_URL", "mysql://me:hunter2@host/x"],
    ["DATABASE_URL", "hunter2@host"],
    ["MATRIX_HOMESERVER_URL", "https://me:hunter2@host"],
    ["MATRIX_HOMESERVER_URL", "https://host/?access_token=hunter2"],
    ["BRIDGE_URL", "https://me:hunter2@host:99999"],
  ])("a secret in a faulty %s is not shown", (name, value) => {
    const said = JSON.stringify(faultsOf(() => loadConfig({ [name]: value }, noFile)));
    expect(said).toContain(name);
    expect(said).not.toContain("hunter2");
    expect(said).not.toContain("c2hvcnQ");
  });

  test.each([
    ["PORT", "80.5"],
    ["PORT", "-1"],
    ["PORT", "0x50"],
    ["MATRIX_SERVER_NAME", "https://example.org"],
    ["MATRIX_SERVER_NAME", "example.org/x"],
    ["MATRIX_HOMESERVER_URL", "http://host/_matrix/client"],
    ["BOT_LOCALPART", "@microdao"],
    ["BOT_LOCALPART", "MicroDAO"],
    ["APPSERVICE_ID", "a|b"],
    ["SECRETS_KEK", Buffer.alloc(31).toString("base64")],
    ["APP_ENV", "prod"],
    ["DEFAULT_MICRODAO", "1"],
    ["NATS_URL", "127.0.0.1:4222"],
  ])("%s refuses %s", (name, value) => {
    expect(faultsOf(() => loadConfig({ [name]: value }, noFile)).map((fault) => fault.path)).toEqual([name]);
  });

  test.each([
    ["a repeated key", "port: 1\nport: 2\n"],
    ["broken YAML", "port: [1\n"],
    ["a list", "- port\n"],
    ["a mapping where text belongs", "port:\n  number: 1\n"],
  ])("%s in the file is a fault and not a crash", (_, text) => {
    const faults = faultsOf(() => loadConfig({}, file(text)));
    expect(faults.length).toBeGreaterThan(0);
    expect(faults[0]?.path).toMatch(/^config\.yaml/);
  });
});

describe("what commands need", () => {
  test("serve names each setting that nobody set", () => {
    const config = loadConfig({ MATRIX_SERVER_NAME: "example.org" }, noFile);
    expect(faultsOf(() => requireServeConfig(config)).map(({ path, found }) => [path, found])).toEqual([
      ["DATABASE_URL", "nothing"],
      ["SECRETS_KEK", "nothing"],
      ["MATRIX_HOMESERVER_URL", "nothing"],
    ]);
    expect(requireRegistrationConfig(config).serverName).toBe("example.org");
  });

  test("the key is 32 bytes, from base64 or base64url", () => {
    const config = requireServeConfig(
      loadConfig(
        {
          DATABASE_URL: "postgresql://127.0.0.1/microdao",
          SECRETS_KEK: kek,
          MATRIX_HOMESERVER_URL: "http://127.0.0.1:8008",
          MATRIX_SERVER_NAME: "[::1]:8448",
        },
        noFile,
      ),
    );
    expect(config.secretsKek).toEqual(new Uint8Array(32).fill(7));
  });
});
