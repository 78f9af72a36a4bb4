import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiWorld, type ChannelRow } from "./api-world.ts";

const base = Date.UTC(2026, 0, 1);
let world: ApiWorld;
let token: string;
let alice: { id: string };
let bob: { id: string; externalId: string };
let room: ChannelRow;
let root: { id: string; apiId: string; eventId: string };

beforeAll(async () => {
  world = await ApiWorld.open();
  alice = await world.user("alice");
  bob = await world.user("bob");
  room = await world.channel((await world.microdao("Dao", "alice")).id, "private");
  token = await world.key({ subject: { kind: "integration", id: "reader" } });
  root = await world.message(room, alice.id, { at: base, text: "root" });
});
afterAll(() => world.close());

interface Item {
  readonly preview: string;
  readonly key: string;
  readonly current: boolean;
}

/** All items of a list, read in pages of two. */
async function all(path: string, key = token): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor = ""; ; ) {
    const response = await world.get(key, `/v1/messages/${path}${cursor}`);
    expect(response.statusCode).toBe(200);
    const page = response.json<{ items: Item[]; nextCursor: string | null }>();
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
  }
}

async function edit(
  target: string,
  sender: string,
  row: { at: number; text: string; kind?: string; redacted?: boolean },
) {
  await world.sql(
    `INSERT INTO matrix.edits (event_id, channel_id, target_event_id, sender_id, origin_server_ts, kind, preview, redacted, parked)
     VALUES ('$edit ' || $1, $2::uuid, $3, $4::uuid, $5, $6, $1, $7, false)`,
    [row.text, room.id, target, sender, base + row.at, row.kind ?? "text", row.redacted ?? false],
  );
}

describe("what belongs to a message", () => {
  it("threads and replies come in pages, each message once, either way round", async () => {
    for (let n = 0; n < 5; n += 1) {
      await world.message(room, bob.id, {
        at: base + 1 + Math.floor(n / 2),
        text: `t${String(n)}`,
        threadRoot: root.eventId,
      });
      await world.message(room, bob.id, { at: base + 1 + n, text: `r${String(n)}`, replyTo: root.eventId });
    }
    const thread = await all(`${root.apiId}/thread?limit=2`);
    expect(thread.map(({ preview }) => preview).toSorted()).toEqual(["t0", "t1", "t2", "t3", "t4"]);
    const back = await all(`${root.apiId}/thread?limit=2&order=desc`);
    expect(back.map(({ preview }) => preview)).toEqual(thread.map(({ preview }) => preview).toReversed());
    expect((await all(`${root.apiId}/replies?limit=2`)).map(({ preview }) => preview)).toEqual([
      "r0",
      "r1",
      "r2",
      "r3",
      "r4",
    ]);
  });

  it("88 and 89: its wordings are its own and those of its sender's valid edits, first to last", async () => {
    const message = await world.message(room, alice.id, { at: base, text: "v4" });
    await world.sql(
      `UPDATE messages SET edited_at = now(), original = '{"kind": "text", "preview": "v1", "metadata": null}' WHERE id = $1::uuid`,
      [message.id],
    );
    await edit(message.eventId, alice.id, { at: 3, text: "v4" });
    await edit(message.eventId, alice.id, { at: 1, text: "v2" });
    await edit(message.eventId, alice.id, { at: 2, text: "v3" });
    await edit(message.eventId, bob.id, { at: 9, text: "forged" });
    await edit(message.eventId, alice.id, { at: 9, text: "taken back", redacted: true });
    await edit(message.eventId, alice.id, { at: 9, text: "none", kind: "invalid" });
    await edit(message.eventId, alice.id, { at: 9, text: "a poll", kind: "poll" });
    const versions = await all(`${message.apiId}/edits?limit=2`);
    expect(versions.map(({ preview, current }) => [preview, current])).toEqual([
      ["v1", false],
      ["v2", false],
      ["v3", false],
      ["v4", true],
    ]);
    expect((await all(`${root.apiId}/edits?limit=2`)).map(({ current }) => current)).toEqual([true]);
    await world.sql("UPDATE messages SET redacted_at = now(), content_preview = '' WHERE id = $1::uuid", [
      message.id,
    ]);
    expect(await all(`${message.apiId}/edits?limit=2`)).toEqual([]);
  });

  it("94: who reacted with what, each once, without what was taken back", async () => {
    const message = await world.message(room, alice.id, { at: base + 50 });
    const react = (senderId: string, key: string, redacted = false) =>
      world.react(room, { target: message.eventId, senderId, key, redacted });
    await react(alice.id, "👍");
    await react(alice.id, "👍");
    await react(bob.id, "👍");
    await react(bob.id, "🎉");
    await react(bob.id, "😢", true);
    const reactions = await all(`${message.apiId}/reactions?limit=2`);
    expect(reactions.map(({ key }) => key)).toEqual(["👍", "👍", "🎉"]);
    expect(reactions[0]).toMatchObject({ sender: { kind: "user", matrixId: "@alice:test" } });
  });

  it("is for those who may read the message, and the same 404 for everybody else", async () => {
    const stranger = await world.key({ subject: { kind: "user", id: bob.externalId } });
    for (const list of ["thread", "replies", "edits", "reactions"]) {
      const hidden = await world.get(stranger, `/v1/messages/${root.apiId}/${list}`);
      const missing = await world.get(token, `/v1/messages/m_01h4vjdvzefw18zfwz5dxw5y8g/${list}`);
      for (const response of [hidden, missing]) {
        expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([
          404,
          "message_not_found",
        ]);
      }
      for (const cursor of ["x", "MS4", Buffer.from("1.no-event").toString("base64url")]) {
        expect(
          (await world.get(token, `/v1/messages/${root.apiId}/${list}?cursor=${cursor}`)).statusCode,
        ).toBe(422);
      }
    }
  });
});
