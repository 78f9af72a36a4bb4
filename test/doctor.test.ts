import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Finding } from "../src/cli/doctor/finding.ts";
import { readRegistration } from "../src/matrix/registration/index.ts";
import { runCli } from "./support/run-cli.ts";
import { startSynapse, type TestSynapse } from "./support/synapse.ts";

const directory = mkdtempSync(join(tmpdir(), "microdao-doctor-"));
const registrationPath = join(directory, "registration.yaml");
const secrets = {
  DATABASE_URL: "postgresql://microdao:hunter2@127.0.0.1:1/microdao",
  SECRETS_KEK: Buffer.alloc(32, 5).toString("base64"),
};

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

async function examine(env: Record<string, string>) {
  const { code, stdout, stderr } = await runCli(["doctor", "--json"], { directory, env });
  expect(stderr).toBe("");
  const report = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
  expect(report.ok).toBe(code === 0);
  expect(stdout).not.toContain("hunter2");
  expect(stdout).not.toContain(secrets.SECRETS_KEK);
  return Object.fromEntries(report.findings.map((finding) => [finding.name, finding]));
}

describe("with nothing at hand", () => {
  test("every fault of the configuration is named, and what hangs on it is not guessed at", async () => {
    const found = await examine({ PORT: "x" });
    expect(found["config"]?.status).toBe("fail");
    for (const name of [
      "PORT",
      "DATABASE_URL",
      "SECRETS_KEK",
      "MATRIX_HOMESERVER_URL",
      "MATRIX_SERVER_NAME",
    ]) {
      expect(found["config"]?.fix).toContain(name);
    }
    expect(found["registration"]).toMatchObject({
      status: "fail",
      fix: expect.stringContaining("microdao registration") as string,
    });
    expect(found["way back"]).toMatchObject({
      status: "warn",
      found: "not looked at, because the homeserver is away",
    });
  });

  test("people get a line for each check and what to do", async () => {
    const { code, stdout } = await runCli(["doctor"], { directory });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^fail {2}config +4 faults\n {6}→ DATABASE_URL: found nothing; write a URL/);
    expect(stdout).toMatch(/\d ok, \d+ to know, \d to correct\n$/);
  });
});

describe("with a real Synapse", () => {
  let synapse: TestSynapse;
  let bridge: Server;
  let env: Record<string, string>;
  /** What stands at the bridge's URL answers with this status to the homeserver's ping. */
  let status: (token: string | undefined) => number;

  const listen = (port: number) => new Promise<void>((resolve) => bridge.listen(port, "127.0.0.1", resolve));
  const writeRegistration = (changes: Record<string, string> = {}) =>
    runCli(["registration"], { directory, env: { ...env, ...changes } });
  const wayBack = async () => (await examine(env))["way back"];

  beforeAll(async () => {
    bridge = createServer((request, reply) => {
      const token = request.headers.authorization?.replace("Bearer ", "");
      const code = request.url === "/health" ? 200 : status(token);
      reply.writeHead(code, { "content-type": "application/json", location: "/elsewhere" }).end("{}");
    });
    await listen(0);
    env = {
      ...secrets,
      MATRIX_SERVER_NAME: "localhost",
      REGISTRATION_PATH: registrationPath,
      BRIDGE_URL: `http://127.0.0.1:${(bridge.address() as AddressInfo).port}`,
    };
    expect((await writeRegistration()).code).toBe(0);
    synapse = await startSynapse({ registrationPath });
    env["MATRIX_HOMESERVER_URL"] = synapse.url;
    const { hs_token: hsToken } = (await readRegistration(registrationPath)).raw;
    status = (token) => (token === hsToken ? 200 : 403);
    // The first time, Synapse is installed.
  }, 300_000);
  afterAll(async () => {
    bridge.close();
    await synapse.stop();
  });

  test("what works is ok, both ways", async () => {
    const found = await examine(env);
    const seen = Object.fromEntries(Object.values(found).map(({ name, status: verdict }) => [name, verdict]));
    expect(seen).toMatchObject({
      config: "ok",
      database: "fail",
      registration: "ok",
      "rate limits": "ok",
      homeserver: "ok",
      versions: "ok",
      "room versions": "ok",
      token: "ok",
      "server name": "ok",
      "way back": "ok",
    });
    expect(found["versions"]?.found).toMatch(/^Synapse 1\.\d+/);
    expect(found["token"]?.found).toContain("@microdao_appservice:localhost");
    expect(found["bot"]).toMatchObject({ status: "warn", found: "@microdao:localhost does not exist yet" });
    expect(found["way back"]?.found).toContain(env["BRIDGE_URL"]);
  });

  test("the bot is ok once it is registered", async () => {
    const { as_token: asToken } = (await readRegistration(registrationPath)).raw;
    const reply = await fetch(`${synapse.url}/_matrix/client/v3/register`, {
      method: "POST",
      headers: { authorization: `Bearer ${String(asToken)}`, "content-type": "application/json" },
      body: JSON.stringify({
        type: "m.login.application_service",
        username: "microdao",
        inhibit_login: true,
      }),
    });
    expect(reply.status).toBe(200);
    expect((await examine(env))["bot"]).toMatchObject({ status: "ok" });
  });

  test.each([
    [403, "different hs_tokens"],
    [404, "something else than the bridge answers"],
    [503, "answers with an error (HTTP 503)"],
    [308, "answers with a redirect"],
  ])("a bridge that answers %i is told apart", async (code, words) => {
    const before = status;
    status = () => code;
    expect(await wayBack()).toMatchObject({
      status: "fail",
      found: expect.stringContaining(words) as string,
    });
    status = before;
  });

  test("a bridge that does not run is told apart from one that is elsewhere", async () => {
    const { port } = bridge.address() as AddressInfo;
    const moved = createServer((_, reply) => reply.end("{}"));
    await new Promise<void>((resolve) => moved.listen(0, "127.0.0.1", resolve));
    await new Promise((resolve) => {
      bridge.close(resolve);
      bridge.closeAllConnections();
    });
    expect(await wayBack()).toMatchObject({ status: "fail", fix: "start the bridge: microdao serve" });
    const elsewhere = `http://127.0.0.1:${(moved.address() as AddressInfo).port}`;
    const found = await examine({ ...env, BRIDGE_URL: elsewhere });
    expect(found["way back"]?.found).toContain("but the bridge answers from here");
    expect(found["registration"]).toMatchObject({
      status: "warn",
      fix: expect.stringContaining("url-differs") as string,
    });
    moved.close();
    await listen(port);
  });

  test("another server name is found out", async () => {
    const other = { ...env, MATRIX_SERVER_NAME: "example.org" };
    expect((await examine(other))["server name"]).toMatchObject({
      status: "fail",
      found: "the homeserver is localhost, configured is example.org",
      fix: expect.stringContaining("MATRIX_SERVER_NAME=localhost") as string,
    });
  });

  test("a registration that the homeserver has not read is found out", async () => {
    const path = join(directory, "unread.yaml");
    const other = { ...env, REGISTRATION_PATH: path };
    expect((await writeRegistration(other)).code).toBe(0);
    expect((await examine(other))["token"]).toMatchObject({
      status: "fail",
      found: "the homeserver does not know the as_token",
      fix: expect.stringContaining("restart") as string,
    });
  });

  test("a placeholder is never shown to the homeserver", async () => {
    const path = join(directory, "template.yaml");
    writeFileSync(path, "id: microdao\nas_token: CHANGE_ME\nhs_token: CHANGE_ME\n");
    const found = await examine({ ...env, REGISTRATION_PATH: path });
    expect(found["token"]?.found).toBe("not looked at, because the registration has no usable token");
  });
});
