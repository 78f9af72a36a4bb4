import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase, transact } from "../../src/db/index.ts";
import {
  type AccessKeyRow,
  authenticate,
  createAccessKey,
  ensureAgent,
  hashKeyOf,
  listAccessKeys,
  type NewAccessKey,
  registerAgent,
  revokeAccessKey,
  setAgentStatus,
} from "../../src/domain/governance/index.ts";
import { createMicrodao, ensureUserByMatrixId, findMicrodaosOfUser } from "../../src/domain/tenancy/index.ts";
import type { Actor } from "../../src/kernel/actor.ts";
import { encodeId } from "../../src/kernel/ids.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

const actor: Actor = { id: "test", kind: "service" };
const hashKey = hashKeyOf(new Uint8Array(32).fill(3));
const blueprint = { code: "echo", model: "echo" };
let testDatabase: TestDatabase;
let database: Database;
let microdaoId: string;
let now = new Date("2026-06-01T12:00:00Z");

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase({ url: testDatabase.url, poolSize: 5, clock: { now: () => now }, log: silentLog });
  microdaoId = await transact(database, actor, async (tx) => {
    const { id } = await ensureUserByMatrixId(tx, "@alice:test");
    return (await createMicrodao(tx, { name: "One", ownerUserId: id })).id;
  });
});

afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

const plain: NewAccessKey = {
  subject: { kind: "integration", id: "reader" },
  name: "Reader",
  capabilities: ["chat.message.read"],
};

function create(change: Partial<NewAccessKey> = {}): Promise<{ key: AccessKeyRow; token: string }> {
  return transact(database, actor, (tx) => createAccessKey(tx, hashKey, { ...plain, ...change }));
}

function query<T>(sql: string, ...values: unknown[]): Promise<T[]> {
  return database.db.$queryRawUnsafe<T[]>(sql, ...values);
}

describe("creating a key", () => {
  it("stores no secret, and tells of it without one", async () => {
    const { key, token } = await create();
    expect(token).toMatch(new RegExp(`^${key.id}_[A-Za-z0-9_-]{43}$`));
    expect(key).toMatchObject({ status: "active", createdBy: "test", capabilities: ["chat.message.read"] });
    const secret = token.slice(-43);
    const rows = await query<{ text: string }>(
      `SELECT row_to_json(t)::text AS text FROM access_keys t
        UNION ALL SELECT row_to_json(t)::text FROM outbox_events t
        UNION ALL SELECT row_to_json(t)::text FROM audit_log t`,
    );
    expect(rows.length).toBeGreaterThan(2);
    expect(JSON.stringify(rows)).not.toContain(secret);
    expect(JSON.stringify(rows)).not.toContain(Buffer.from(secret).toString("hex"));
    const topics = await query(
      "SELECT topic FROM outbox_events WHERE payload::text LIKE $1 ORDER BY topic",
      `%${key.id}%`,
    );
    expect(topics).toEqual([{ topic: "access_key.created" }, { topic: "audit.event" }]);
  });

  it("capabilities come from the key and from its bundles, each once", async () => {
    const { key, token } = await create({
      capabilities: ["chat.message.read"],
      bundles: ["bundle.role.Visitor"],
    });
    expect(key.capabilities).toEqual([
      "channel.read",
      "chat.message.read",
      "followup.read",
      "memory.read",
      "microdao.read",
    ]);
    expect((await authenticate(database, hashKey, token)).capabilities).toEqual(new Set(key.capabilities));
  });

  it.each([
    [{ capabilities: [] }, /without any capability/],
    [{ capabilities: ["chat.message.read", "no.such"] }, /no capability or bundle: no\.such\./],
    [{ bundles: ["bundle.role.King"] }, /bundle\.role\.King/],
    [{ name: " " }, /1 to 100/],
    [{ name: "a\nb" }, /printable/],
    [{ expiresAt: new Date("2026-06-01T11:59:59Z") }, /past/],
    [{ subject: { kind: "agent", id: "agent:nobody" } }, /There is no agent "agent:nobody"/],
    [{ subject: { kind: "user", id: "user:999" } }, /There is no user/],
    [{ subject: { kind: "user", id: "@alice:test" } }, /does not name a subject/],
    [{ subject: { kind: "integration", id: "Two words" } }, /does not name a subject/],
    [{ subject: { kind: "embassy", id: `emb_${"0".repeat(26)}` } }, /bound to a microDAO/],
  ] as [Partial<NewAccessKey>, RegExp][])(
    "a key that makes no sense is refused (%#)",
    async (change, message) => {
      const before = await query("SELECT 1 FROM access_keys");
      await expect(create(change)).rejects.toMatchObject({
        code: "access_key_refused",
        message: expect.stringMatching(message) as string,
      });
      expect(await query("SELECT 1 FROM access_keys")).toHaveLength(before.length);
    },
  );
});

describe("using a key", () => {
  it("another hash key opens nothing", async () => {
    const { token } = await create();
    const other = hashKeyOf(new Uint8Array(32).fill(4));
    await expect(authenticate(database, other, token)).rejects.toMatchObject({ code: "access_key_invalid" });
  });

  it("the time of use is written at most once a minute", async () => {
    const { key, token } = await create();
    const used = async () =>
      (
        await query<{ at: Date | null }>("SELECT last_used_at AS at FROM access_keys WHERE id = $1", key.id)
      )[0]?.at;
    expect(await used()).toBeNull();
    const first = now;
    await Promise.all([1, 2, 3].map(() => authenticate(database, hashKey, token)));
    expect(await used()).toEqual(first);
    now = new Date(first.getTime() + 59_000);
    await authenticate(database, hashKey, token);
    expect(await used()).toEqual(first);
    now = new Date(first.getTime() + 61_000);
    await authenticate(database, hashKey, token);
    expect(await used()).toEqual(now);
    const told = await query(
      "SELECT 1 FROM outbox_events WHERE topic = 'access_key.used' AND payload #>> '{payload,key_id}' = $1",
      key.id,
    );
    expect(told).toHaveLength(2);
  });

  it("an expired key is refused and listed as expired", async () => {
    const { key, token } = await create({ expiresAt: new Date(now.getTime() + 1_000) });
    await authenticate(database, hashKey, token);
    now = new Date(now.getTime() + 1_000);
    await expect(authenticate(database, hashKey, token)).rejects.toMatchObject({
      code: "access_key_expired",
    });
    const listed = (await listAccessKeys(database.db, now)).find(({ id }) => id === key.id);
    expect(listed?.status).toBe("expired");
  });

  it("a revoked key is refused at once, in whatever process, and revoking twice is revoking once", async () => {
    const { key, token } = await create();
    const other = openDatabase({
      url: testDatabase.url,
      poolSize: 1,
      clock: { now: () => now },
      log: silentLog,
    });
    await authenticate(other, hashKey, token);
    const revoke = () => transact(database, actor, (tx) => revokeAccessKey(tx, key.id));
    expect(await revoke()).toMatchObject({ status: "revoked" });
    expect(await revoke()).toMatchObject({ status: "revoked" });
    await expect(authenticate(other, hashKey, token)).rejects.toMatchObject({ code: "access_key_revoked" });
    await other.close();
    const told = await query(
      "SELECT topic FROM outbox_events WHERE topic = 'access_key.revoked' AND payload #>> '{payload,key_id}' = $1",
      key.id,
    );
    expect(told).toHaveLength(1);
    const noted = await query(
      "SELECT 1 FROM audit_log WHERE action = 'access_key.revoked' AND resource_id = $1",
      key.id,
    );
    expect(noted).toHaveLength(1);
  });

  it("revoking what is not there is said", async () => {
    await expect(transact(database, actor, (tx) => revokeAccessKey(tx, "ak_none"))).rejects.toMatchObject({
      code: "access_key_not_found",
    });
  });
});

describe("agents", () => {
  it("are registered once, with a row in the audit log", async () => {
    const register = () =>
      transact(database, actor, (tx) =>
        registerAgent(tx, { code: "sofia", name: "Sofia", kind: "assistant", microdaoId, blueprint }),
      );
    const agent = await register();
    expect(agent).toMatchObject({
      externalId: "agent:sofia",
      status: "active",
      model: "echo",
      matrixId: null,
    });
    await expect(register()).rejects.toMatchObject({ code: "agent_exists" });
    const again = await transact(database, actor, (tx) =>
      ensureAgent(tx, { code: "sofia", name: "Other", kind: "assistant", blueprint }),
    );
    expect(again).toEqual(agent);
    expect(
      await query("SELECT action FROM audit_log WHERE resource_id = $1", encodeId("ag", agent.id)),
    ).toEqual([{ action: "agent.registered" }]);
  });

  it("a suspended agent's key is known and may do nothing; a revoked agent stays revoked", async () => {
    const { token } = await create({ subject: { kind: "agent", id: "agent:sofia" } });
    const set = (status: "active" | "suspended" | "revoked") =>
      transact(database, actor, (tx) => setAgentStatus(tx, "agent:sofia", status));
    const active = async () => (await authenticate(database, hashKey, token)).subject.active;
    expect(await active()).toBe(true);
    await set("suspended");
    expect(await active()).toBe(false);
    await set("active");
    expect(await active()).toBe(true);
    await set("revoked");
    expect(await active()).toBe(false);
    await expect(set("active")).rejects.toMatchObject({ code: "agent_status_conflict" });
  });

  it("codes that cannot be part of an id are refused", async () => {
    for (const code of ["", "a b", "a:b", "a\0", "x".repeat(65)]) {
      const attempt = transact(database, actor, (tx) =>
        registerAgent(tx, { code, name: "X", kind: "node", blueprint }),
      );
      await expect(attempt).rejects.toMatchObject({ code: "agent_refused" });
    }
  });
});

describe("people and microDAOs", () => {
  it("the same Matrix id is the same user, also when met twice at once", async () => {
    const ensure = () => transact(database, actor, (tx) => ensureUserByMatrixId(tx, "@new:test"));
    const users = await Promise.all([ensure(), ensure(), ensure()]);
    expect(new Set(users.map(({ id }) => id)).size).toBe(1);
    expect(users[0]).toMatchObject({ matrixId: "@new:test", handle: "@new" });
  });

  it("the owner of a microDAO is a member of it", async () => {
    expect(await findMicrodaosOfUser(database.db, "@alice:test")).toMatchObject([
      { id: microdaoId, externalId: "microdao:1" },
    ]);
    expect(await findMicrodaosOfUser(database.db, "@new:test")).toEqual([]);
  });

  it("what is no Matrix id makes no user", async () => {
    for (const id of [
      "",
      "alice",
      "@alice",
      "alice:test",
      "@a b:test",
      "@a:b c",
      `@${"a".repeat(260)}:test`,
      "@a\0:test",
    ]) {
      await expect(transact(database, actor, (tx) => ensureUserByMatrixId(tx, id))).rejects.toMatchObject({
        code: "matrix_id_invalid",
      });
    }
  });
});
