import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { indexMessages } from "../../src/domain/messaging/index.ts";
import { ApiWorld, type ChannelRow } from "./api-world.ts";

const base = Date.UTC(2026, 0, 1);
const operator = { id: "test", kind: "service" } as const;

let world: ApiWorld;
let token: string;
let alice: { id: string; externalId: string };
let bob: { id: string; externalId: string };
let microdaoId: string;
let room: ChannelRow;
let hidden: ChannelRow;

beforeAll(async () => {
  world = await ApiWorld.open();
  alice = await world.user("alice");
  bob = await world.user("bob");
  const microdao = await world.microdao("Dao", "alice");
  microdaoId = microdao.id;
  room = await world.channel(microdaoId, "public");
  hidden = await world.channel(microdaoId, "private");
  token = await world.key({ subject: { kind: "integration", id: "reader" } });
});
afterAll(() => world.close());

async function say(text: string, at: number, channel = room, sender = alice.id) {
  const message = await world.message(channel, sender, { at: base + at, text });
  await world.sql("INSERT INTO matrix.search_queue (message_id) VALUES ($1::uuid)", [message.id]);
  return message;
}

async function index(limit = 500): Promise<number> {
  return transact(world.database, operator, (tx) => indexMessages(tx, limit));
}

interface Page {
  readonly items: readonly { readonly snippet: string; readonly message: { readonly id: string } }[];
  readonly nextCursor: string | null;
}

async function search(query: Record<string, string>, key = token): Promise<Page> {
  const response = await world.get(key, `/v1/search?${new URLSearchParams(query).toString()}`);
  expect(response.statusCode).toBe(200);
  return response.json<Page>();
}

async function found(query: Record<string, string>, key = token): Promise<string[]> {
  return (await search(query, key)).items.map(({ snippet }) => snippet);
}

describe("the search of previews", () => {
  it("finds words whatever their case and script, phrases, alternatives, and not what is unwanted", async () => {
    await say("Вода та ХЛІБ <b>", 1);
    await say("Bread and Water", 2);
    await say("water and bread, please", 3);
    await index();
    expect(await found({ q: "вода" })).toEqual(["<mark>Вода</mark> та ХЛІБ &lt;b&gt;"]);
    expect(await found({ q: "bread water" })).toHaveLength(2);
    expect(await found({ q: '"bread and water"' })).toEqual([
      "<mark>Bread</mark> <mark>and</mark> <mark>Water</mark>",
    ]);
    expect(await found({ q: "bread -please" })).toEqual(["<mark>Bread</mark> and Water"]);
    expect(await found({ q: "хліб or please" })).toHaveLength(2);
    for (const q of ["nothing", "-bread", "& | ! <-> :* '", '"', "bread:*"]) {
      expect((await found({ q })).length, q).toBe(q === "bread:*" ? 2 : 0);
    }
  });

  it("pages hold every message once, newest first", async () => {
    for (let n = 0; n < 7; n += 1) await say(`paging ${String(n)}`, 100 + Math.floor(n / 3));
    await index();
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: Page = await search({ q: "paging", limit: "2", ...(cursor !== "" && { cursor }) });
      seen.push(...page.items.map(({ message }) => message.id));
      cursor = page.nextCursor;
    }
    expect(seen).toHaveLength(7);
    expect(new Set(seen).size).toBe(7);
    expect(seen).toEqual(seen.toSorted().reverse());
  });

  it("is narrowed by channel, microDAO, sender and time", async () => {
    const other = await world.channel((await world.microdao("Other", "alice")).id, "public");
    await say("narrow one", 1_000);
    await say("narrow two", 2_000, room, bob.id);
    await say("narrow three", 3_000, other);
    await index();
    expect(await found({ q: "narrow", channel: other.apiId })).toEqual(["<mark>narrow</mark> three"]);
    expect(await found({ q: "narrow", microdao: "microdao:1" })).toHaveLength(2);
    expect(await found({ q: "narrow", microdao: "microdao:999" })).toEqual([]);
    expect(await found({ q: "narrow", microdao: "microdao:1", channel: other.apiId })).toEqual([]);
    expect(await found({ q: "narrow", from: "@bob:test" })).toEqual(["<mark>narrow</mark> two"]);
    expect(await found({ q: "narrow", from: "@nobody:test" })).toEqual([]);
    const at = (after: number) => new Date(base + after).toISOString();
    expect(await found({ q: "narrow", after: at(2_000), before: at(3_000) })).toEqual([
      "<mark>narrow</mark> two",
    ]);
  });

  it("finds only what the key may read", async () => {
    await say("classified plan", 5_000, hidden);
    await index();
    const stranger = await world.key({ subject: { kind: "user", id: bob.externalId } });
    expect(await found({ q: "classified" })).toHaveLength(1);
    expect(await found({ q: "classified" }, stranger)).toEqual([]);
    const response = await world.get(stranger, `/v1/search?q=classified&channel=${hidden.apiId}`);
    expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([404, "channel_not_found"]);
    await world.member(hidden, { user: bob.id });
    expect(await found({ q: "classified" }, stranger)).toHaveLength(1);
    const mute = await world.key({
      subject: { kind: "integration", id: "mute" },
      capabilities: ["channel.read"],
    });
    expect((await world.get(mute, "/v1/search?q=classified")).statusCode).toBe(403);
  });

  it("asks as many statements for fifty messages as for one", async () => {
    for (let n = 0; n < 50; n += 1) await say(`statement ${String(n)} ${n === 0 ? "single" : ""}`, 9_000 + n);
    await index();
    const one = await world.counting(() => search({ q: "single", limit: "50" }));
    const all = await world.counting(() => search({ q: "statement", limit: "50" }));
    expect(all.result.items).toHaveLength(50);
    expect(all.statements.length).toBe(one.statements.length);
    expect(all.statements.length).toBeLessThanOrEqual(3);
  });

  it("follows edits, forgets what is empty and what is gone, and takes each note once", async () => {
    const message = await say("first wording", 20_000);
    expect(await index()).toBe(1);
    expect(await index()).toBe(0);
    await world.sql("UPDATE messages SET content_preview = 'second wording' WHERE id = $1::uuid", [
      message.id,
    ]);
    await world.sql("INSERT INTO matrix.search_queue SELECT $1::uuid FROM generate_series(1, 3)", [
      message.id,
    ]);
    await world.sql("INSERT INTO matrix.search_queue SELECT gen_random_uuid()");
    expect([await index(2), await index(2), await index(2)]).toEqual([2, 2, 0]);
    expect(await found({ q: "first" })).toEqual([]);
    expect(await found({ q: "second" })).toHaveLength(1);
    await world.sql("UPDATE messages SET content_preview = '' WHERE id = $1::uuid", [message.id]);
    expect(await found({ q: "second" })).toEqual([]);
    await world.sql("INSERT INTO matrix.search_queue VALUES ($1::uuid)", [message.id]);
    await index();
    expect(
      await world.sql("SELECT 1 FROM matrix.search_words WHERE message_id = $1::uuid", [message.id]),
    ).toEqual([]);
  });

  it("refuses what is no query", async () => {
    for (const query of [
      "",
      "q=",
      "q=%20",
      `q=${"x".repeat(201)}`,
      "q=a%00b",
      "q=a&from=bob",
      "q=a&before=now",
      "q=a&cursor=x",
      "q=a&page=2",
    ]) {
      expect((await world.get(token, `/v1/search?${query}`)).statusCode, query).toBe(422);
    }
  });
});
