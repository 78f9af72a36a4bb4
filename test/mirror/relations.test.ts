import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { lookAround, recordFacts } from "../../src/domain/messaging/index.ts";
import { viewColumns, viewJoins } from "../../src/domain/messaging/message-view.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { parseEvent } from "../../src/matrix/ingest/parse-event.ts";
import {
  alice,
  bob,
  editOf,
  eventOf,
  type MatrixEvent,
  messageWith,
  reactionTo,
  redactionOf,
  roomV12,
  sofia,
  text,
} from "../support/matrix-events.ts";
import { openWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld({ withoutJobs: true });
  await world.link(roomV12);
});
afterAll(() => world.close());

interface Shown {
  readonly kind: string;
  readonly preview: string;
  readonly edited: boolean;
  readonly redacted: boolean;
}

async function shown(event: MatrixEvent): Promise<Shown | undefined> {
  const rows = await world.rows<Shown>(
    `SELECT kind, content_preview AS preview, edited_at IS NOT NULL AS edited, redacted_at IS NOT NULL AS redacted
       FROM messages WHERE matrix_event_id = $1`,
    event.event_id,
  );
  return rows[0];
}

async function push(...events: readonly MatrixEvent[]): Promise<void> {
  expect((await world.push(events)).statusCode).toBe(200);
}

/** What was told of a message, in the order in which it was told. */
async function told(event: MatrixEvent): Promise<{ type: string; preview: string | null }[]> {
  return world.rows(
    `SELECT topic AS type, envelope #>> '{payload,preview}' AS preview FROM outbox_envelopes
      WHERE envelope #>> '{payload,matrix_event_id}' = $1 ORDER BY created_at, id`,
    event.event_id,
  );
}

async function rowOf(table: "edits" | "reactions" | "redactions", event: MatrixEvent) {
  const rows = await world.rows<{ parked: boolean; redacted?: boolean; preview?: string }>(
    `SELECT * FROM matrix.${table} WHERE event_id = $1`,
    event.event_id,
  );
  return rows[0];
}

describe("edits", () => {
  it("90 replace the content wholly, and leave the relation as it was", async () => {
    const original = messageWith({
      msgtype: "m.text",
      body: "first",
      "m.mentions": { user_ids: [bob] },
      "m.relates_to": {
        rel_type: "m.thread",
        event_id: "$root",
        is_falling_back: false,
        "m.in_reply_to": { event_id: "$a" },
      },
    });
    await push(original, editOf(original, "second"));
    expect(await shown(original)).toEqual({ kind: "text", preview: "second", edited: true, redacted: false });
    const [row] = await world.rows(
      "SELECT metadata, original, thread_root_event_id AS thread, reply_to_event_id AS reply FROM messages WHERE matrix_event_id = $1",
      original.event_id,
    );
    expect(row).toEqual({
      metadata: null,
      original: { kind: "text", preview: "first", metadata: { mentions: [bob] } },
      thread: "$root",
      reply: "$a",
    });
    expect(await told(original)).toMatchObject([
      { type: "chat.message.created", preview: "first" },
      { type: "chat.message.updated", preview: "second" },
    ]);
  });

  it("90 may turn a text into an image and back", async () => {
    const original = text("a picture will follow");
    const picture = { msgtype: "m.image", body: "fox.png", url: "mxc://test/fox" };
    const edit = editOf(original, "");
    await push(original, { ...edit, content: { ...edit.content, "m.new_content": picture } });
    expect(await shown(original)).toMatchObject({ kind: "image", preview: "fox.png" });
    await push(redactionOf(edit));
    expect(await shown(original)).toMatchObject({
      kind: "text",
      preview: "a picture will follow",
      edited: false,
    });
  });

  it.each([
    ["by somebody else", (target: MatrixEvent) => editOf(target, "forged", { sender: bob })],
    ["by an agent", (target: MatrixEvent) => editOf(target, "forged", { sender: sofia })],
    ["from another room", (target: MatrixEvent) => editOf(target, "forged", { room_id: roomV12 })],
    [
      "without new content",
      (target: MatrixEvent) => {
        const content = { ...editOf(target, "forged").content, "m.new_content": undefined };
        return messageWith(content);
      },
    ],
    [
      "with new content that is a string",
      (target: MatrixEvent) => {
        const edit = editOf(target, "forged");
        return { ...edit, content: { ...edit.content, "m.new_content": "forged" } };
      },
    ],
    ["of another type", (target: MatrixEvent) => ({ ...editOf(target, "forged"), type: "m.sticker" })],
    [
      "encrypted, of what is not",
      (target: MatrixEvent) => ({ ...editOf(target, "forged"), type: "m.room.encrypted" }),
    ],
  ])("88 %s are stored and not applied", async (_what, forge) => {
    const original = text("mine");
    const forged = forge(original);
    await push(original, forged);
    expect(await shown(original)).toMatchObject({ preview: "mine", edited: false });
    expect(await rowOf("edits", forged)).toBeDefined();
    expect(await shown(forged)).toBeUndefined();
    expect(await told(original)).toHaveLength(1);
  });

  it("88 with a state key are state, and no edits", async () => {
    const original = text("mine");
    await push(original, { ...editOf(original, "forged"), state_key: "" });
    expect(await shown(original)).toMatchObject({ preview: "mine" });
  });

  it("88 of edits are not applied: neither to the edit nor to the message", async () => {
    const original = text("first");
    const edit = editOf(original, "second");
    await push(original, edit, editOf(edit, "third"));
    expect(await shown(original)).toMatchObject({ preview: "second" });
  });

  it("89 the latest counts, and of two at the same time the one with the greater id, in any order", async () => {
    const at = { origin_server_ts: 1_760_000_000_000 };
    for (const order of [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [2, 0, 3, 1],
    ]) {
      const original = text("0");
      const id = (suffix: string) => `${original.event_id}${suffix}`;
      const edits = [
        editOf(original, "early", { event_id: id("z"), origin_server_ts: at.origin_server_ts - 1 }),
        editOf(original, "upper", { event_id: id("B"), ...at }),
        editOf(original, "lower", { event_id: id("a"), ...at }),
        editOf(original, "underscore", { event_id: id("_"), ...at }),
      ];
      await push(original);
      for (const index of order) await push(edits[index]!);
      expect(await shown(original)).toMatchObject({ preview: "lower" });
    }
  });

  it("an edit that is older than its message counts all the same", async () => {
    const original = text("first");
    await push(original, editOf(original, "second", { origin_server_ts: 5 }));
    expect(await shown(original)).toMatchObject({ preview: "second" });
  });
});

describe("redactions", () => {
  it("91 of the latest edit show the one before, of all of them the original", async () => {
    const original = text("first");
    const [second, third] = [editOf(original, "second"), editOf(original, "third")];
    await push(original, second, third);
    await push(redactionOf(third));
    expect(await shown(original)).toMatchObject({ preview: "second", edited: true });
    await push(redactionOf(second));
    expect(await shown(original)).toEqual({ kind: "text", preview: "first", edited: false, redacted: false });
    const previews = (await told(original)).map(({ preview }) => preview);
    expect(previews).not.toContain("third");
    expect(previews.filter((preview) => preview === "first")).toHaveLength(2);
  });

  it("91 of the original take its edits with it", async () => {
    const original = text("first");
    const edit = editOf(original, "second");
    await push(original, edit);
    await push(redactionOf(original));
    expect(await shown(original)).toEqual({ kind: "redacted", preview: "", edited: false, redacted: true });
    expect(await rowOf("edits", edit)).toMatchObject({ preview: "", metadata: null });
    await push(editOf(original, "too late"));
    expect(await shown(original)).toMatchObject({ kind: "redacted", preview: "" });
    const previews = (await told(original)).map(({ preview }) => preview ?? "");
    expect(previews.join("")).toBe("");
  });

  it.each([
    [
      "in the content (v11)",
      (event: MatrixEvent) => eventOf("m.room.redaction", { redacts: event.event_id }),
    ],
    [
      "beside it (before v11)",
      (event: MatrixEvent) => eventOf("m.room.redaction", {}, { redacts: event.event_id }),
    ],
    ["in both places", (event: MatrixEvent) => redactionOf(event)],
  ])("92 read their target %s", async (_where, redact) => {
    const event = text("gone");
    await push(event, redact(event));
    expect(await shown(event)).toMatchObject({ kind: "redacted", preview: "", redacted: true });
  });

  it("92 leave the skeleton: who, when, where; and tell of it once", async () => {
    const event = messageWith({
      msgtype: "m.image",
      body: "a.png",
      url: "mxc://test/a",
      "m.relates_to": { "m.in_reply_to": { event_id: "$x" } },
    });
    await push(event);
    await push(redactionOf(event, { sender: bob }), redactionOf(event, { sender: bob }));
    await push(redactionOf(event));
    const [row] = await world.rows(
      `SELECT m.kind, m.content_preview, m.metadata, m.original, m.reply_to_event_id, u.matrix_id,
              (extract(epoch FROM m.created_at) * 1000)::bigint AS ts
         FROM messages m JOIN users u ON u.id = m.sender_user_id WHERE m.matrix_event_id = $1`,
      event.event_id,
    );
    expect(row).toEqual({
      kind: "redacted",
      content_preview: "",
      metadata: null,
      original: null,
      reply_to_event_id: null,
      matrix_id: alice,
      ts: BigInt(event.origin_server_ts),
    });
    expect(await told(event)).toEqual([
      { type: "chat.message.created", preview: "" },
      { type: "chat.message.deleted", preview: null },
    ]);
  });

  it("92 from another room reach nothing, and do not keep the right one from reaching it later", async () => {
    const event = text("still here");
    const foreign = redactionOf(event, { room_id: roomV12 });
    await push(event, foreign);
    await push(foreign);
    expect(await shown(event)).toMatchObject({ preview: "still here", redacted: false });
    await push(redactionOf(event));
    expect(await shown(event)).toMatchObject({ redacted: true });
  });

  it("92 from another room wait for ever, whether they came before the right one or after it", async () => {
    for (const order of [
      (a: MatrixEvent, b: MatrixEvent) => [a, b],
      (a: MatrixEvent, b: MatrixEvent) => [b, a],
    ]) {
      const message = text("liked");
      const like = reactionTo(message, "👍");
      const foreign = redactionOf(like, { room_id: roomV12 });
      const right = redactionOf(like);
      for (const event of [...order(foreign, right), message, like]) await push(event);
      expect(await rowOf("redactions", foreign)).toMatchObject({ parked: true });
      expect(await rowOf("redactions", right)).toMatchObject({ parked: false });
    }
  });

  it("88, 92 and 115: what is said in a room that has replaced another reaches nothing of the old one, in any order", async () => {
    const old = { room_id: "!replaced:test" };
    await world.rows(
      `INSERT INTO matrix.rooms (room_id, channel_id, status, successor_room_id, generation)
       SELECT $1, channel_id, 'joined', room_id, -1 FROM matrix.rooms WHERE room_id = $2`,
      old.room_id,
      roomV12,
    );
    const fresh = { room_id: roomV12 };
    for (const order of [(events: MatrixEvent[]) => events, (events: MatrixEvent[]) => events.toReversed()]) {
      const event = text("said in the old room", old);
      const edit = editOf(event, "edited in the old room", old);
      const like = reactionTo(event, "👍", old);
      const late = [
        redactionOf(event, fresh),
        redactionOf(edit, fresh),
        redactionOf(like, fresh),
        editOf(event, "edited in the new room", { ...fresh, origin_server_ts: event.origin_server_ts + 9 }),
        reactionTo(event, "👎", fresh),
      ];
      for (const next of order([event, edit, like, ...late])) await push(next);
      expect(await shown(event)).toMatchObject({ preview: "edited in the old room", redacted: false });
      for (const [index, table] of (
        ["redactions", "redactions", "redactions", "edits", "reactions"] as const
      ).entries())
        expect(await rowOf(table, late[index]!), `${index}`).toMatchObject({ parked: true });
      expect(await rowOf("reactions", like)).toMatchObject({ parked: false, redacted: false });
      const [listed] = await world.rows<{ reactions: unknown }>(
        `SELECT ${viewColumns} FROM messages m ${viewJoins} WHERE m.matrix_event_id = $1`,
        event.event_id,
      );
      expect(listed?.reactions).toEqual([{ key: "👍", count: 1 }]);
      await push(redactionOf(event, old));
      expect(await shown(event)).toMatchObject({ redacted: true });
    }
  });

  it("92 of redactions, and of what never comes, do nothing", async () => {
    const event = text("gone");
    const redaction = redactionOf(event);
    await push(event, redaction, redactionOf(redaction), redactionOf("$never"));
    expect(await shown(event)).toMatchObject({ redacted: true });
  });
});

describe("reactions", () => {
  interface Counted {
    readonly key: string;
    readonly count: number;
  }

  async function reactionsTo(event: MatrixEvent): Promise<Counted[]> {
    return world.rows(
      `SELECT key, count(DISTINCT sender_id)::int AS count FROM matrix.reactions
        WHERE target_event_id = $1 AND NOT redacted AND NOT parked GROUP BY key ORDER BY key`,
      event.event_id,
    );
  }

  it("94 count once per sender and key, and are taken back one by one", async () => {
    const event = text("like me");
    const mine = reactionTo(event, "👍");
    await push(
      event,
      mine,
      reactionTo(event, "👍"),
      reactionTo(event, "👍", { sender: bob }),
      reactionTo(event, "❤️"),
    );
    expect(await reactionsTo(event)).toEqual([
      { key: "❤️", count: 1 },
      { key: "👍", count: 2 },
    ]);
    await push(redactionOf(mine));
    expect(await reactionsTo(event)).toContainEqual({ key: "👍", count: 2 });
    expect(await rowOf("reactions", mine)).toMatchObject({ redacted: true });
  });

  it("94 to edits and to reactions wait for ever", async () => {
    const event = text("like me");
    const edit = editOf(event, "liked");
    const first = reactionTo(event, "👍");
    const [onEdit, onReaction] = [reactionTo(edit, "👍"), reactionTo(first, "👍")];
    await push(event, edit, first, onEdit, onReaction);
    expect(await rowOf("reactions", onEdit)).toMatchObject({ parked: true });
    expect(await rowOf("reactions", onReaction)).toMatchObject({ parked: true });
  });

  it("94 are told once, and not when they were taken back before their message came", async () => {
    const event = text("like me");
    const [kept, gone] = [reactionTo(event, "👍"), reactionTo(event, "👎")];
    await push(kept, gone, redactionOf(gone));
    await push(event);
    await push(kept, event);
    const topics = (await told(event)).map(({ type }) => type);
    expect(topics.toSorted()).toEqual(["chat.message.created", "chat.reaction.added"]);
  });

  it.each([
    ["without a key", { rel_type: "m.annotation", event_id: "$x" }],
    ["with a key that is an object", { rel_type: "m.annotation", event_id: "$x", key: {} }],
    ["of another relation", { rel_type: "m.thread", event_id: "$x", key: "👍" }],
    ["to nothing", { rel_type: "m.annotation", key: "👍" }],
    ["that relate to a string", "$x"],
  ])("94 %s are none", async (_what, relation) => {
    const event = eventOf("m.reaction", { "m.relates_to": relation });
    await push(event);
    expect(await rowOf("reactions", event)).toBeUndefined();
  });

  it("94 with a key of any length are cut to 500 characters", async () => {
    const event = text("like me");
    await push(event, reactionTo(event, "🦊".repeat(400)), reactionTo(event, `${"x".repeat(499)}🦊`));
    for (const { key } of await reactionsTo(event)) {
      expect(key.length).toBeLessThanOrEqual(500);
      expect(key.isWellFormed()).toBe(true);
    }
  });
});

describe("a large transaction", () => {
  it("relates what it holds as several small ones do, whatever stands where in it", async () => {
    const messages = Array.from({ length: 130 }, (_, index) => text(`number ${index}`));
    const at = (index: number) => messages[index] as MatrixEvent;
    const edits = [3, 60, 129].map((index) => editOf(at(index), `edited ${index}`));
    const reactions = [3, 60, 129].map((index) => reactionTo(at(index), "👍"));
    const gone = [4, 61, 128].map((index) => redactionOf(at(index)));
    await push(...edits, ...gone, ...messages.toReversed(), ...reactions);
    for (const index of [3, 60, 129]) {
      expect(await shown(at(index))).toMatchObject({ preview: `edited ${index}`, edited: true });
    }
    for (const index of [4, 61, 128]) {
      expect(await shown(at(index))).toMatchObject({ preview: "", redacted: true });
    }
    for (const reaction of reactions) {
      expect(await rowOf("reactions", reaction)).toMatchObject({ parked: false });
    }
    const ids = messages.map(({ event_id }) => event_id);
    const news = await world.rows(
      `SELECT topic, count(*)::int AS count FROM outbox_envelopes
        WHERE envelope #>> '{payload,matrix_event_id}' = ANY($1::text[]) GROUP BY topic ORDER BY topic`,
      ids,
    );
    expect(news).toEqual([
      { topic: "chat.message.created", count: 130 },
      { topic: "chat.message.deleted", count: 3 },
      { topic: "chat.message.updated", count: 3 },
      { topic: "chat.reaction.added", count: 3 },
    ]);
  });

  it("is whole when other rooms and people were looked up for it than it is about", async () => {
    const event = text("who is this?", { sender: "@unforeseen:example.org" });
    const parsed = parseEvent(event);
    const facts = "facts" in parsed ? parsed.facts : [];
    const places = {
      roomIds: new Set(["!elsewhere:example.org"]),
      people: new Set([alice]),
      eventIds: new Set<string>(),
    };
    await transact(world.database, bridgeActor, (tx) => recordFacts(tx, facts, lookAround(tx, places)));
    expect(await shown(event)).toMatchObject({ preview: "who is this?" });
  });
});
