import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrateDatabase } from "../../src/cli/migrate/migrate-database.ts";
import { capabilityTable, plans, roles, seededBundles } from "../../src/domain/governance/index.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

async function readContents(): Promise<Record<string, string[]>> {
  const { rows } = await client.query<{ name: string; codes: string[] }>(
    `SELECT b.name, array_agg(c.code ORDER BY c.code) AS codes
       FROM bundles b JOIN bundle_caps ON bundle_id = b.id JOIN capabilities c ON c.id = cap_id GROUP BY b.name`,
  );
  return Object.fromEntries(rows.map(({ name, codes }) => [name, codes]));
}

const contentsOfTable = (): Record<string, string[]> =>
  Object.fromEntries(seededBundles().map(({ name, capabilities }) => [name, capabilities.toSorted()]));

test("every migrated database has the bundles of the table, and nothing else", async () => {
  expect(await readContents()).toEqual(contentsOfTable());
  const { rows } = await client.query("SELECT code, description FROM capabilities ORDER BY code");
  const wanted = capabilityTable.map(([code, description]) => ({ code, description }));
  expect(rows).toEqual(wanted.toSorted((a, b) => (a.code < b.code ? -1 : 1)));
});

test("the named roles, plans and capabilities are there", () => {
  expect(roles.toSorted()).toEqual(["Guardian", "Member", "Owner", "Visitor"]);
  expect(plans).toEqual(["Freemium", "Casual", "Premium", "Platformium"]);
  const codes = capabilityTable.map(([code]) => code);
  expect(codes).toEqual(
    expect.arrayContaining([
      "chat.message.send",
      "chat.message.read",
      "wallet.balance.view",
      "wallet.stake.ringk",
      "router.invoke",
      "agent.run.invoke",
      "rwa.inventory.update",
      "embassy.rwa.claim",
    ]),
  );
  expect(new Set(codes).size).toBe(codes.length);
});

test("a higher role and a larger plan hold all that the ones below hold; the highest hold everything", () => {
  const contents = contentsOfTable();
  for (const ladder of [
    roles.map((role) => `bundle.role.${role}`),
    plans.map((plan) => `bundle.plan.${plan}`),
  ]) {
    for (const [rank, name] of ladder.entries()) {
      expect(contents[name]).toEqual(expect.arrayContaining(contents[ladder[rank - 1] ?? name] ?? []));
    }
    expect(contents[ladder.at(-1) ?? ""]).toHaveLength(capabilityTable.length);
  }
});

test("seeding again changes nothing, repairs what was changed, and leaves bundles of others alone", async () => {
  const dump = async (): Promise<object[]> => {
    const { rows } = await client.query<object>(
      "SELECT * FROM bundle_caps, bundles, capabilities WHERE bundle_id = bundles.id ORDER BY 1, 2, 3, 6",
    );
    return rows;
  };
  const before = await dump();
  await migrateDatabase(database.url);
  expect(await dump()).toEqual(before);

  await client.query(`
    DELETE FROM bundle_caps USING bundles WHERE bundle_id = id AND name = 'bundle.role.Owner';
    INSERT INTO bundle_caps SELECT b.id, c.id FROM bundles b, capabilities c ON CONFLICT DO NOTHING;
    UPDATE capabilities SET description = 'nonsense' WHERE code = 'key.manage'`);
  await migrateDatabase(database.url);
  expect(await dump()).toEqual(before);

  await client.query(`
    INSERT INTO bundles (id, name) VALUES ('bundle_own', 'bundle.own');
    INSERT INTO bundle_caps SELECT 'bundle_own', id FROM capabilities WHERE code = 'router.invoke'`);
  await migrateDatabase(database.url);
  expect(await readContents()).toEqual({ ...contentsOfTable(), "bundle.own": ["router.invoke"] });
});

test("ids come from names: every database has the same", async () => {
  const other = await createTestDatabase("default", { empty: true });
  try {
    await migrateDatabase(other.url);
    const second = new Client({ connectionString: other.url });
    await second.connect();
    const sql =
      "SELECT id FROM capabilities UNION SELECT id FROM bundles WHERE name <> 'bundle.own' ORDER BY 1";
    expect((await second.query(sql)).rows).toEqual((await client.query(sql)).rows);
    await second.end();
  } finally {
    await other.drop();
  }
});
