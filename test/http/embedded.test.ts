import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiWorld } from "./api-world.ts";
import { readSse } from "./stream-reader.ts";

let world: ApiWorld;

beforeAll(async () => {
  world = await ApiWorld.open({}, "embedded");
});

afterAll(() => world.close());

describe("the API on the embedded database", () => {
  it("tells what happens, and goes on from where its reader stopped", async () => {
    const base = await world.app.listen({ host: "127.0.0.1", port: 0 });
    const token = await world.key({
      subject: { kind: "integration", id: "ops" },
      capabilities: ["key.manage"],
    });
    const first = await readSse(base, { token });
    await first.until(({ type }) => type === "ready");
    await world.key({ subject: { kind: "integration", id: "one" } });
    await first.until(({ data }) => data["type"] === "access_key.created");
    first.close();
    await world.key({ subject: { kind: "integration", id: "two" } });
    const second = await readSse(base, { token, lastEventId: first.lastId() });
    await second.until(({ data }) => data["type"] === "access_key.created");
    expect(second.events().map(({ payload }) => payload["subject_id"])).toEqual(["two"]);
    second.close();
  });

  it("reads, pages and posts, and repeats nothing", async () => {
    const alice = await world.user("alice");
    const microdao = await world.microdao("One", "alice");
    const agent = await world.agent("sofia", microdao.id);
    const channel = await world.channel(microdao.id, "public");
    await world.member(channel, { user: alice.id });
    for (let n = 0; n < 3; n += 1) {
      const { eventId } = await world.message(channel, alice.id, { at: Date.UTC(2026, 0, 1) + n });
      await world.react(channel, { target: eventId, senderId: agent.id, key: "👍" });
    }
    const token = await world.key({ subject: { kind: "agent", id: "agent:sofia" } });
    const url = `/v1/channels/${channel.apiId}/messages`;
    const first = (await world.get(token, `${url}?limit=2`)).json<{ items: object[]; nextCursor: string }>();
    expect(first.items).toMatchObject([{ reactions: [{ key: "👍", count: 1 }] }, {}]);
    const second = await world.get(token, `${url}?limit=2&cursor=${first.nextCursor}`);
    expect(second.json()).toMatchObject({ items: [{}], nextCursor: null });
    const headers = { "idempotency-key": "one" };
    const posts = await Promise.all([1, 2, 3].map(() => world.post(token, url, { text: "hi" }, headers)));
    expect(new Set(posts.map((post) => post.json<{ id: string }>().id)).size).toBe(1);
    expect(posts.map((post) => post.statusCode)).toEqual([202, 202, 202]);
    expect((await world.get(undefined, "/ready")).statusCode).toBe(200);
    expect((await world.get(undefined, "/metrics")).body).toContain('microdao_sends{state="queued"} 1');
  });
});
