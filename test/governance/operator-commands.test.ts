import type { Command } from "commander";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { agentCommand } from "../../src/cli/agents.ts";
import { blueprintCommand } from "../../src/cli/blueprints.ts";
import { daoCommand } from "../../src/cli/dao.ts";
import { keyCommand } from "../../src/cli/keys.ts";
import { webhookCommand } from "../../src/cli/webhooks.ts";
import { openDatabase } from "../../src/db/index.ts";
import { authenticate, hashKeyOf } from "../../src/domain/governance/index.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

const kek = Buffer.alloc(32, 5);
let testDatabase: TestDatabase;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});

afterAll(() => testDatabase.drop());

beforeEach(() => {
  vi.stubEnv("DATABASE_URL", testDatabase.url);
  vi.stubEnv("SECRETS_KEK", kek.toString("base64"));
  vi.stubEnv("CONFIG_PATH", "");
  vi.stubEnv("DATA_DIR", "/nonexistent");
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** What the command wrote to stdout. */
async function run(command: Command, ...parameters: string[]): Promise<string> {
  let text = "";
  const write = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    await command.parseAsync(parameters, { from: "user" });
  } finally {
    write.mockRestore();
  }
  return text;
}

async function runJson<T>(command: Command, ...parameters: string[]): Promise<T> {
  return JSON.parse(await run(command, ...parameters, "--json")) as T;
}

describe("dao, agent and key", () => {
  it("make a microDAO, an agent and a key that works", async () => {
    const dao = await runJson<{ id: string }>(daoCommand(), "create", "One", "--owner", "@alice:test");
    expect(dao).toMatchObject({ externalId: "microdao:1", name: "One", plan: "Freemium" });
    await run(daoCommand(), "member", "microdao:1", "@bob:test", "--role", "admin");
    expect(await run(daoCommand(), "list")).toMatch(/^microdao:1 +md_\w{26} +One +Freemium +none$/m);

    const agent = await runJson(
      agentCommand(),
      "create",
      "sofia",
      "--name",
      "Sofia",
      "--microdao",
      "microdao:1",
    );
    expect(agent).toMatchObject({ externalId: "agent:sofia", kind: "assistant", microdaoId: dao.id });
    expect(await run(agentCommand(), "list", "--microdao", dao.id)).toContain("agent:sofia");

    const key = await runJson<{ id: string; token: string }>(
      keyCommand(),
      "create",
      "--agent",
      "agent:sofia",
      "--expires",
      "30d",
    );
    expect(key).toMatchObject({
      subject: { kind: "agent", id: "agent:sofia" },
      microdaoId: dao.id,
      capabilities: ["channel.read", "chat.message.read", "chat.message.send"],
    });
    const database = openDatabase({ url: testDatabase.url, poolSize: 1, clock: systemClock, log: silentLog });
    const open = () => authenticate(database, hashKeyOf(kek), key.token);
    expect((await open()).actor).toMatchObject({ kind: "agent" });
    const listed = await run(keyCommand(), "list", "--subject", "agent:sofia");
    expect(listed).toContain(key.id);
    expect(listed).not.toContain(key.token.slice(-43));
    await run(agentCommand(), "suspend", "agent:sofia");
    expect((await open()).subject.active).toBe(false);
    await run(agentCommand(), "activate", "agent:sofia");
    expect(await run(keyCommand(), "revoke", key.id)).toBe(`${key.id} of agent:sofia is revoked.\n`);
    await expect(open()).rejects.toMatchObject({ code: "access_key_revoked" });
    await database.close();
  });

  it("a person's key is found by Matrix id, and the text shows the secret once", async () => {
    const text = await run(keyCommand(), "create", "--user", "@bob:test", "--cap", "channel.read");
    expect(text.match(/ak_\w{26}_[\w-]{43}/g)).toHaveLength(1);
    expect(text).toContain("user:");
  });

  it.each([
    [["create"], /Name one subject/],
    [["create", "--agent", "agent:sofia", "--integration", "x"], /Name one subject/],
    [["create", "--agent", "agent:none"], /There is no agent "agent:none"/],
    [["create", "--user", "@none:test"], /has not met @none:test/],
    [["create", "--integration", "x"], /--microdao <id> or --all-microdaos/],
    [["create", "--integration", "x", "--microdao", "microdao:99"], /There is no microDAO "microdao:99"/],
    [["create", "--integration", "x", "--all-microdaos", "--expires", "soon"], /Write a duration/],
    [["revoke", "ak_none"], /There is no access key/],
  ])("a mistake is explained (%#)", async (parameters, message) => {
    await expect(run(keyCommand(), ...parameters)).rejects.toThrow(message);
  });

  it("without SECRETS_KEK no key is made, and what to write is said", async () => {
    vi.stubEnv("SECRETS_KEK", "");
    await expect(run(keyCommand(), "create", "--integration", "x", "--all-microdaos")).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining("SECRETS_KEK") as string,
    });
  });

  it("without DATABASE_URL nothing is tried", async () => {
    vi.stubEnv("DATABASE_URL", "");
    await expect(run(daoCommand(), "list")).rejects.toMatchObject({ code: "config_invalid" });
  });
});

describe("agents that are asked for", () => {
  it("are requested, approved, suspended, edited, shown and revoked by commands", async () => {
    const dao = await runJson<{ externalId: string }>(
      daoCommand(),
      "create",
      "Two",
      "--owner",
      "@alice:test",
    );
    await run(
      blueprintCommand(),
      "create",
      "helper",
      "--model",
      "gpt-4.1",
      "--prompt",
      "Help.",
      "--config",
      '{"temperature": 1}',
    );
    await run(blueprintCommand(), "edit", "helper", "--config", '{"temperature": null, "maxTokens": 5}');
    expect(await runJson(blueprintCommand(), "show", "helper")).toMatchObject({ config: { maxTokens: 5 } });
    expect(await run(blueprintCommand(), "list")).toMatch(/^helper +gpt-4.1 +all/m);
    const asked = [
      "request",
      "mira",
      "--microdao",
      dao.externalId,
      "--owner",
      "@alice:test",
      "--blueprint",
      "helper",
    ];
    expect(await runJson(agentCommand(), ...asked, "--reason", "to help")).toMatchObject({
      status: "requested",
    });
    await expect(run(agentCommand(), "activate", "agent:mira")).rejects.toMatchObject({
      code: "agent_status_conflict",
    });
    for (const [decision, status] of [
      ["approve", "active"],
      ["suspend", "suspended"],
      ["activate", "active"],
    ]) {
      expect(await run(agentCommand(), decision ?? "", "agent:mira", "--reason", "because")).toBe(
        `agent:mira is ${status}.\n`,
      );
    }
    await run(agentCommand(), "edit", "agent:mira", "--name", "Mira", "--config", '{"tools": ["recall"]}');
    await expect(run(agentCommand(), "edit", "agent:mira", "--config", '{"key": 1}')).rejects.toMatchObject({
      code: "agent_refused",
    });
    await expect(run(agentCommand(), "edit", "agent:mira", "--config", "x")).rejects.toMatchObject({
      code: "agent_refused",
    });
    await expect(
      run(agentCommand(), "edit", "agent:mira", "--avatar", "https://x.test/"),
    ).rejects.toMatchObject({ code: "agent_refused" });
    await run(agentCommand(), "revoke", "agent:mira");
    const shown = await runJson<{ changes: { action: string }[] }>(agentCommand(), "show", "agent:mira");
    expect(shown).toMatchObject({
      name: "Mira",
      status: "revoked",
      config: { model: "gpt-4.1", tools: ["recall"], maxTokens: 5 },
    });
    const actions = ["requested", "approved", "suspended", "activated", "edited", "revoked"];
    expect(shown.changes.map(({ action }) => action)).toEqual(actions);
    expect(await run(agentCommand(), "show", "agent:mira")).toContain("because");
  });
});

describe("webhook", () => {
  it("is put, shown, given a new secret and taken away; a secret is shown when it is made and never again", async () => {
    await runJson(daoCommand(), "create", "Hooks", "--owner", "@hooks:test");
    const daos = await runJson<{ externalId: string; name: string }[]>(daoCommand(), "list");
    const dao = daos.find(({ name }) => name === "Hooks")!.externalId;
    await runJson(agentCommand(), "create", "hooked", "--microdao", dao);
    const webhook = (...parameters: string[]) =>
      runJson<{ url: string; secret: string | null }>(webhookCommand(), ...parameters);
    const made = await webhook("put", "agent:hooked", "https://one.example.org/hook");
    expect(made.secret).toMatch(/^whsec_/);
    const moved = await webhook("put", "agent:hooked", "https://two.example.org/hook");
    expect(moved).toMatchObject({ url: "https://two.example.org/hook", secret: null });
    const shown = await run(webhookCommand(), "show", "agent:hooked");
    expect(shown).toMatch(/^hook_\w{26} https:\/\/two\.example\.org\/hook active$/m);
    const { secret } = await webhook("secret", "agent:hooked");
    expect(secret).toMatch(/^whsec_/);
    expect(secret).not.toBe(made.secret);
    expect(await runJson(webhookCommand(), "deliveries", "agent:hooked", "--all")).toEqual({
      deliveries: [],
    });
    await expect(run(webhookCommand(), "put", "agent:hooked", "http://127.0.0.1/")).rejects.toMatchObject({
      code: "webhook_url_refused",
    });
    await expect(
      run(webhookCommand(), "retry", "agent:hooked", "dlv_01h4vjdvzefw18zfwz5dxw5y8g"),
    ).rejects.toMatchObject({ code: "delivery_not_found" });
    expect(await runJson(webhookCommand(), "delete", "agent:hooked")).toEqual({ deleted: true });
    await expect(run(webhookCommand(), "show", "agent:hooked")).rejects.toMatchObject({
      code: "webhook_not_found",
    });
  });
});
