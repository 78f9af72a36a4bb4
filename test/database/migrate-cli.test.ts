import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { migrationNames } from "../../scripts/erd/migrated-database.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { runCli } from "../support/run-cli.ts";

const names = migrationNames();
const last = names.at(-1) ?? "";
const directory = mkdtempSync(join(tmpdir(), "microdao-migrate-"));
// Each command is a process, and a life of a database takes a dozen of them.
vi.setConfig({ testTimeout: 120_000 });

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase("default", { empty: true });
});
afterAll(async () => {
  await database.drop();
  rmSync(directory, { recursive: true });
});

function migrate(args: string, env: Record<string, string> = {}) {
  return runCli(["migrate", ...args.split(" ")], { directory, env: { DATABASE_URL: database.url, ...env } });
}

test("the life of a database: status, up, diff, down, up, force", async () => {
  const before = await migrate("status --json");
  expect(before.code).toBe(1);
  expect(JSON.parse(before.stdout)).toMatchObject({
    ok: false,
    migrations: names.map((name) => ({ name, state: "pending" })),
  });

  expect(await migrate("up")).toEqual({
    code: 0,
    stdout: names.map((name) => `applied ${name}\n`).join(""),
    stderr: "",
  });
  expect(await migrate("up")).toEqual({ code: 0, stdout: "nothing to apply\n", stderr: "" });
  expect(await migrate("diff")).toEqual({ code: 0, stdout: "", stderr: "" });
  const after = await migrate("status");
  expect(after.code).toBe(0);
  expect(after.stdout).toContain(`applied  ${last}  20`);

  expect(await migrate("down")).toEqual({ code: 0, stdout: `rolled back ${last}\n`, stderr: "" });
  const difference = await migrate("diff");
  expect(difference.code).toBe(1);
  expect(difference.stdout).toMatch(/^-- \w+Table$|^(CREATE|ALTER|DROP) /m);
  const downTo = await migrate("down --to 000005 --json");
  expect(JSON.parse(downTo.stdout)).toEqual({ rolledBack: names.slice(5, -1).toReversed() });
  expect(JSON.parse((await migrate("up --json")).stdout)).toEqual({ applied: names.slice(5) });

  const forced = await migrate(`force ${last}`);
  expect(forced).toMatchObject({ code: 1, stdout: "" });
  expect(forced.stderr).toContain(`${last} was not forced: it is applied, so there is nothing to repair`);
});

test("production is asked before, and never rolled back", async () => {
  const production = { APP_ENV: "production" };
  await migrate("down");
  const unconfirmed = await migrate("up", production);
  expect(unconfirmed).toMatchObject({ code: 1, stdout: "" });
  expect(unconfirmed.stderr).toContain("run it with --yes");
  expect((await migrate("up --yes", production)).stdout).toBe(`applied ${last}\n`);
  expect((await migrate("up", production)).stdout).toBe("nothing to apply\n");
  const down = await migrate("down", production);
  expect(down).toMatchObject({ code: 1, stdout: "" });
  expect(down.stderr).toContain("APP_ENV is production, where migrations are never rolled back");
});

test("what real-world assets depend on is refused in words", async () => {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query("INSERT INTO rwa_inventory (id) VALUES ('rwa_1')");
  await client.end();
  const refused = await migrate("down --to 000005_wallet_staking_payouts");
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toContain("is never rolled back once rwa_inventory holds rows");
});

test.each([
  "down --steps 0",
  "down --steps x",
  "down --steps 1 --to 000001",
  "force",
  "force 000099",
  "sideways",
])("migrate %s is refused", async (args) => {
  const { code, stdout, stderr } = await migrate(args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).not.toBe("");
});

test("a database that is away is an error with its address, and without its password", async () => {
  const away = { DATABASE_URL: "postgresql://someone:hunter2@127.0.0.1:9/dao" };
  const { code, stderr } = await migrate("status", away);
  expect(code).toBe(1);
  expect(stderr).toContain("The database dao on 127.0.0.1:9 cannot be reached");
  expect(stderr).not.toContain("hunter2");
});
