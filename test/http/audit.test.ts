import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { audit } from "../../src/domain/governance/index.ts";
import { encodeId } from "../../src/kernel/ids.ts";
import { ApiWorld } from "./api-world.ts";

interface Entry {
  id: string;
  action: string;
  actor: { id: string };
  data: { times?: number; code?: string; clause?: string };
}
interface Page {
  items: Entry[];
  nextCursor: string | null;
}

let world: ApiWorld;
let one: string;
let owner: string;
let operator: string;

beforeAll(async () => {
  world = await ApiWorld.open({ rateLimit: { perSecond: 1_000, burst: 100_000 } });
  one = (await world.microdao("One", "alice")).id;
  const two = (await world.microdao("Two", "bob")).id;
  await world.agent("sofia", one);
  const capabilities = ["audit.read", "key.manage", "channel.read"];
  owner = await world.key({
    subject: { kind: "user", id: (await world.user("alice")).externalId },
    capabilities,
  });
  operator = await world.key({ subject: { kind: "integration", id: "ops" }, capabilities });
  for (const [microdaoId, count] of [
    [one, 7],
    [two, 3],
    [null, 2],
  ] as const) {
    for (let number = 0; number < count; number += 1) {
      await transact(world.database, { id: `actor${number % 2}`, kind: "service" }, (tx) =>
        audit(tx, { action: "test.done", resourceKind: "thing", resourceId: `thing ${number}`, microdaoId }),
      );
    }
  }
});

afterAll(() => world.close());

const at = () => `/v1/audit?microdao=${encodeId("md", one)}&action=test.done`;
const read = async (token: string, url: string) => (await world.get(token, url)).json<Page>();

describe("the audit log by API", () => {
  it("an owner sees what happened in the microDAO, newest first, in pages that miss nothing", async () => {
    const all = (await read(owner, at())).items;
    expect(all).toHaveLength(7);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Page = await read(owner, `${at()}&limit=3${cursor === null ? "" : `&cursor=${cursor}`}`);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(all.map(({ id }) => id));
  });

  it("filters by actor, resource and time", async () => {
    expect((await read(owner, `${at()}&actor=actor1`)).items).toHaveLength(3);
    expect((await read(owner, `${at()}&resourceKind=thing&resource=thing%203`)).items).toHaveLength(1);
    expect((await read(owner, `${at()}&since=2099-01-01T00:00:00Z`)).items).toEqual([]);
    expect((await read(owner, `${at()}&before=2099-01-01T00:00:00Z`)).items).toHaveLength(7);
    expect((await world.get(owner, `${at()}&since=yesterday`)).statusCode).toBe(422);
  });

  it("only an operator's key sees everything, and nobody what is another's", async () => {
    expect((await read(operator, "/v1/audit?action=test.done")).items).toHaveLength(12);
    expect((await world.get(owner, "/v1/audit?action=test.done")).statusCode).toBe(404);
    expect((await world.get(owner, "/v1/audit?microdao=microdao:2")).statusCode).toBe(404);
    const bob = await world.key({
      subject: { kind: "user", id: (await world.user("bob")).externalId },
      capabilities: ["audit.read"],
    });
    expect((await world.get(bob, at())).statusCode).toBe(404);
    const agent = await world.key({ subject: { kind: "agent", id: "agent:sofia" }, microdaoId: one });
    expect((await world.get(agent, at())).json()).toMatchObject({ status: 403, clause: "capability" });
  });

  it("of a thousand refusals of a key in a minute the powers of ten are written, with their clause", async () => {
    const key = await world.key({ subject: { kind: "agent", id: "agent:sofia" }, microdaoId: one });
    const keyId = key.slice(0, 29);
    for (let number = 0; number < 120; number += 1) await world.get(key, "/v1/keys");
    const { items } = await read(owner, `/v1/audit?microdao=${encodeId("md", one)}&action=access.refused`);
    const own = items.filter(({ data }) => (data as { key_id?: string }).key_id === keyId);
    // Two minutes if the clock strikes meanwhile.
    expect(own.length).toBeLessThanOrEqual(6);
    expect(own.map(({ data }) => data.times)).toContain(10);
    expect(own[0]?.data).toMatchObject({ code: "key_lacks_capability", clause: "capability" });
  });

  it("being told to wait is written as well, also when the key was not looked at", async () => {
    const limited = await ApiWorld.open({ rateLimit: { perSecond: 0.01, burst: 2 } });
    const key = await limited.key({ subject: { kind: "integration", id: "eager" } });
    const statuses = [];
    for (let number = 0; number < 4; number += 1)
      statuses.push((await limited.get(key, "/v1/capabilities")).statusCode);
    expect(statuses).toEqual([200, 200, 429, 429]);
    const rows = await limited.sql<{ data: object }>(
      "SELECT data FROM audit_log WHERE action = 'access.refused'",
    );
    expect(rows).toEqual([
      { data: expect.objectContaining({ code: "rate_limited", clause: "quota", times: 1 }) as object },
    ]);
    await limited.close();
  });
});

describe("at the door", () => {
  it("who guesses keys is told to wait, and a key that was good passes on", async () => {
    const guarded = await ApiWorld.open({ failureLimit: { perSecond: 0.01, burst: 5 } });
    const good = await guarded.key({ subject: { kind: "integration", id: "old" } });
    const fresh = await guarded.key({ subject: { kind: "integration", id: "new" } });
    expect((await guarded.get(good, "/v1/capabilities")).statusCode).toBe(200);
    const guess = (number: number) => `${good.slice(0, 29)}_${String(number).padStart(43, "A")}`;
    const answers = [];
    for (let number = 0; number < 7; number += 1)
      answers.push(await guarded.get(guess(number), "/v1/capabilities"));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect(answers[6]?.json()).toMatchObject({ code: "too_many_failures", clause: "quota" });
    expect(Number(answers[6]?.headers["retry-after"])).toBeGreaterThan(0);
    const { result, statements } = await guarded.counting(() => guarded.get(guess(8), "/v1/capabilities"));
    expect([result.statusCode, statements]).toEqual([429, []]);
    expect((await guarded.get(good, "/v1/capabilities")).statusCode).toBe(200);
    expect((await guarded.get(fresh, "/v1/capabilities")).statusCode).toBe(429);
    await guarded.close();
  });

  it("guesses with the id of a key do not use up what the key may", async () => {
    const guarded = await ApiWorld.open({ rateLimit: { perSecond: 0.01, burst: 3 } });
    const good = await guarded.key({ subject: { kind: "integration", id: "old" } });
    const guess = `${good.slice(0, 29)}_${"A".repeat(43)}`;
    for (let number = 0; number < 5; number += 1) await guarded.get(guess, "/v1/capabilities");
    expect((await guarded.get(good, "/v1/capabilities")).statusCode).toBe(200);
    await guarded.close();
  });
});
