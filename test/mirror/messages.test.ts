import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  alice,
  bob,
  editOf,
  encrypted,
  eventOf,
  type MatrixEvent,
  messageWith,
  prunedBy,
  redactionOf,
  roomV12,
  sofia,
  state,
  text,
} from "../support/matrix-events.ts";
import { openWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld({ withoutJobs: true });
});
afterAll(() => world.close());

interface Row {
  readonly kind: string;
  readonly preview: string;
  readonly metadata: Record<string, unknown> | null;
  readonly reply: string | null;
  readonly thread: string | null;
  readonly redacted: boolean;
  readonly sender_type: string;
}

/** The message as it is stored, pushed together with `others`. */
async function stored(event: MatrixEvent, ...others: readonly MatrixEvent[]): Promise<Row | undefined> {
  const response = await world.push([event, ...others]);
  expect(response.statusCode).toBe(200);
  const rows = await world.rows<Row>(
    `SELECT kind, content_preview AS preview, metadata, reply_to_event_id AS reply, thread_root_event_id AS thread,
            redacted_at IS NOT NULL AS redacted, sender_type
       FROM messages WHERE matrix_event_id = $1`,
    event.event_id,
  );
  return rows[0];
}

describe("what is said", () => {
  it.each([
    ["m.text", "text"],
    ["m.notice", "notice"],
    ["m.emote", "emote"],
  ])("80 %s is its text", async (msgtype, kind) => {
    const content = {
      msgtype,
      body: " hello ",
      format: "org.matrix.custom.html",
      formatted_body: "<b>hello</b>",
    };
    expect(await stored(messageWith(content))).toMatchObject({ kind, preview: "hello", metadata: null });
  });

  it("81 an unknown msgtype falls back to its body, and its name is kept", async () => {
    const row = await stored(messageWith({ msgtype: "org.example.dance", body: "dances" }));
    expect(row).toMatchObject({
      kind: "other",
      preview: "dances",
      metadata: { msgtype: "org.example.dance" },
    });
  });

  it("82 the quoted fallback of an old reply is left out", async () => {
    const reply = (body: string) =>
      messageWith({ msgtype: "m.text", body, "m.relates_to": { "m.in_reply_to": { event_id: "$x" } } });
    expect(
      await stored(reply("> <@bob:test> what?\n> second line\n>\n\nan answer\n> and a quote")),
    ).toMatchObject({
      preview: "an answer\n> and a quote",
      reply: "$x",
    });
    expect(await stored(reply("> only a quote"))).toMatchObject({ preview: "> only a quote" });
    expect(await stored(text("> a quote\n\nand no reply"))).toMatchObject({
      preview: "> a quote\n\nand no reply",
    });
  });

  it("previews are cut at a grapheme, at 280 characters with the ellipsis", async () => {
    const family = "👩‍👩‍👧‍👦";
    const row = await stored(text(family.repeat(50)));
    expect(row?.preview).toBe(`${family.repeat(25)}…`);
    expect((await stored(text("x".repeat(280))))?.preview).toBe("x".repeat(280));
    expect((await stored(text("x".repeat(281))))?.preview).toBe(`${"x".repeat(279)}…`);
    expect((await stored(text(`${" ".repeat(2_230)}the end ${"y".repeat(100)}`)))?.preview).toBe(
      `the end ${"y".repeat(100)}`,
    );
  });

  it("an agent's words have an agent as their sender", async () => {
    expect(await stored(text("I am Sofia", { sender: sofia }))).toMatchObject({ sender_type: "agent" });
    expect(await stored(text("I am not", { sender: bob }))).toMatchObject({ sender_type: "human" });
  });
});

describe("media", () => {
  it.each([
    ["m.image", "image"],
    ["m.video", "video"],
    ["m.audio", "audio"],
    ["m.file", "file"],
  ])("83 %s is named by its caption, else by its file", async (msgtype, kind) => {
    const info = { mimetype: "image/png", size: 1234, w: 640, h: 480, duration: 1500 };
    const row = await stored(
      messageWith({ msgtype, body: "look!", filename: "a.png", url: "mxc://test/abc", info }),
    );
    expect(row).toMatchObject({
      kind,
      preview: "look!",
      metadata: {
        filename: "a.png",
        mxc: "mxc://test/abc",
        mimetype: "image/png",
        size: 1234,
        width: 640,
        height: 480,
        duration_ms: 1500,
      },
    });
    expect(
      await stored(messageWith({ msgtype, body: "b.bin", filename: "b.bin", url: "mxc://test/abc" })),
    ).toMatchObject({ preview: "b.bin" });
    expect(await stored(messageWith({ msgtype, body: "c.bin", url: "mxc://test/abc" }))).toMatchObject({
      preview: "c.bin",
      metadata: { filename: "c.bin" },
    });
    expect(await stored(messageWith({ msgtype, body: "", url: "mxc://test/abc" }))).toMatchObject({
      preview: kind,
    });
  });

  it("83 of an encrypted file the place is kept, never the keys", async () => {
    const file = {
      url: "mxc://test/cipher",
      key: { k: "aWF6-32KGYaC3A_FEUCk1Bt0JA37zP0wrStgmdCaW-0" },
      iv: "w+sE15fzSc0AAAAAAAAAAA",
      hashes: { sha256: "x" },
    };
    const row = await stored(messageWith({ msgtype: "m.image", body: "a.png", file }));
    expect(row?.metadata).toEqual({ filename: "a.png", mxc: "mxc://test/cipher", encrypted_file: true });
  });

  it("83 media that is nowhere is a row without a place", async () => {
    for (const url of [undefined, 5, "https://test/a.png", "mxc:/x", { mxc: "//" }]) {
      const row = await stored(
        messageWith({ msgtype: "m.image", body: "a.png", url, info: { size: "big", w: 1.5, h: -1 } }),
      );
      expect(row).toMatchObject({ kind: "image", preview: "a.png" });
      expect(row?.metadata).not.toHaveProperty("mxc");
    }
  });

  it("84 a sticker is named by its text", async () => {
    const row = await stored(
      eventOf("m.sticker", { body: "a waving fox", url: "mxc://test/fox", info: { w: 128 } }),
    );
    expect(row).toMatchObject({
      kind: "sticker",
      preview: "a waving fox",
      metadata: { mxc: "mxc://test/fox", width: 128 },
    });
  });

  it("85 a voice message is one, with how long it is", async () => {
    const row = await stored(
      messageWith({
        msgtype: "m.audio",
        body: "Voice message",
        url: "mxc://test/v",
        "org.matrix.msc3245.voice": {},
        "org.matrix.msc1767.audio": { duration: 2_100, waveform: [1, 2] },
      }),
    );
    expect(row).toMatchObject({ kind: "voice", preview: "Voice message", metadata: { duration_ms: 2_100 } });
  });

  it("86 a location has a place if its URI is one, else only its text", async () => {
    const location = (content: Record<string, unknown>) =>
      stored(messageWith({ msgtype: "m.location", body: "here", ...content }));
    expect(await location({ geo_uri: "geo:51.5008,-0.1246,20;u=35" })).toMatchObject({
      kind: "location",
      preview: "here",
      metadata: { geo_uri: "geo:51.5008,-0.1246,20;u=35" },
    });
    expect(await location({ "org.matrix.msc3488.location": { uri: "geo:1,2" } })).toMatchObject({
      metadata: { geo_uri: "geo:1,2" },
    });
    for (const geo_uri of ["geo:here", "javascript:alert(1)", "geo:1", 5, "geo:1,2\u0000"]) {
      expect((await location({ geo_uri }))?.metadata).toBeNull();
    }
  });

  it("87 a poll is its question, under the stable and the unstable names", async () => {
    const answers = [
      { id: "1", "m.text": "yes" },
      { id: "2", "m.text": "no" },
    ];
    const unstable = eventOf("org.matrix.msc3381.poll.start", {
      "org.matrix.msc3381.poll.start": { question: { "org.matrix.msc1767.text": "Tea?" }, answers },
      "org.matrix.msc1767.text": "Tea?\n1. yes\n2. no",
    });
    const stable = eventOf("m.poll.start", {
      "m.poll": { question: { "m.text": [{ body: "Coffee?" }] }, answers },
    });
    const poll = {
      answers: [
        { id: "1", text: "yes" },
        { id: "2", text: "no" },
      ],
      max_selections: 1,
      disclosed: false,
    };
    expect(await stored(unstable)).toMatchObject({ kind: "poll", preview: "Tea?", metadata: { poll } });
    expect(await stored(stable)).toMatchObject({ kind: "poll", preview: "Coffee?", metadata: { poll } });
    expect(await stored(eventOf("m.poll.start", { "m.poll": [] }))).toMatchObject({
      kind: "poll",
      preview: "poll",
    });
  });
});

describe("replies and threads", () => {
  it("95 in a thread, a reply that only serves old clients is none, a real one is", async () => {
    const inThread = (extra: Record<string, unknown>) =>
      stored(
        messageWith({
          msgtype: "m.text",
          body: "in a thread",
          "m.relates_to": {
            rel_type: "m.thread",
            event_id: "$root",
            "m.in_reply_to": { event_id: "$latest" },
            ...extra,
          },
        }),
      );
    expect(await inThread({ is_falling_back: true })).toMatchObject({ thread: "$root", reply: null });
    expect(await inThread({ is_falling_back: false })).toMatchObject({ thread: "$root", reply: "$latest" });
    expect(await inThread({})).toMatchObject({ thread: "$root", reply: "$latest" });
    expect(await inThread({ is_falling_back: "true" })).toMatchObject({ thread: "$root", reply: "$latest" });
  });

  it.each([
    ["a string", "$x"],
    ["an array", [{ event_id: "$x" }]],
    ["null", null],
    ["an event id without its sigil", { rel_type: "m.thread", event_id: "x" }],
    ["a reply to an object", { "m.in_reply_to": { event_id: { id: "$x" } } }],
    ["a reply that is a string", { "m.in_reply_to": "$x" }],
    ["a relation of unknown type", { rel_type: "org.example.inspired_by", event_id: "$x" }],
    ["a reference", { rel_type: "m.reference", event_id: "$x" }],
    ["an id of 64 KiB", { rel_type: "m.thread", event_id: `$${"x".repeat(60_000)}` }],
    [
      "an id with a NUL",
      { rel_type: "m.thread", event_id: "$\u0000", "m.in_reply_to": { event_id: "$\ud800" } },
    ],
  ])("96 a relation that is %s is none", async (_what, relation) => {
    const row = await stored(messageWith({ msgtype: "m.text", body: "unrelated", "m.relates_to": relation }));
    expect(row).toMatchObject({ kind: "text", preview: "unrelated", reply: null, thread: null });
  });

  it("97 who is mentioned is kept, whatever the text says", async () => {
    const mentions = { user_ids: [bob, bob, 5, "bob", alice], room: true };
    const row = await stored(messageWith({ msgtype: "m.text", body: "@carol:test", "m.mentions": mentions }));
    expect(row?.metadata).toEqual({ mentions: [bob, alice], mentions_room: true });
    const none = await stored(
      messageWith({ msgtype: "m.text", body: "x", "m.mentions": { room: "true", user_ids: {} } }),
    );
    expect(none?.metadata).toBeNull();
  });
});

describe("what is no message", () => {
  it("93 an event that comes pruned is stored as redacted", async () => {
    for (const event of [
      text("gone"),
      encrypted(),
      eventOf("m.sticker", { body: "x" }),
      eventOf("m.poll.start", {}),
    ]) {
      const row = await stored(prunedBy(event, redactionOf(event, { sender: bob })));
      expect(row).toMatchObject({ kind: "redacted", preview: "", metadata: null, redacted: true });
    }
  });

  it("93 its redaction is known, so that the whole event, should it come from elsewhere, stays empty", async () => {
    const event = text("gone");
    await stored(prunedBy(event, redactionOf(event)));
    expect(await stored(event)).toMatchObject({ kind: "redacted", preview: "" });
  });

  it("98 an event is state if it has a state key, whatever its type", async () => {
    expect(await stored(text("state?", { state_key: "" }))).toBeUndefined();
    expect(
      await stored(state("m.room.message", { msgtype: "m.text", body: "x" }, { state_key: alice })),
    ).toBeUndefined();
    await world.push([eventOf("m.room.name", { name: "Not a name" })]);
    const names = await world.rows("SELECT 1 FROM channels WHERE name = 'Not a name'");
    expect(names).toEqual([]);
  });

  it("99 absurd times are stored; what comes first in time comes first, whatever comes first in fact", async () => {
    const channel = await world.link(roomV12);
    const in12 = { room_id: roomV12 };
    await world.push([
      text("far", { ...in12, origin_server_ts: 2 ** 53 - 1 }),
      text("now", in12),
      text("first", { ...in12, origin_server_ts: 0 }),
      text("before", { ...in12, origin_server_ts: -5 }),
    ]);
    const rows = await world.rows<{ preview: string }>(
      "SELECT content_preview AS preview FROM messages WHERE channel_id = $1::uuid ORDER BY created_at, id",
      channel,
    );
    expect(rows.map(({ preview }) => preview).slice(2)).toEqual(["now", "far"]);
  });

  it("139 and 140: an encrypted event is a row without a text; its relations are read in the clear", async () => {
    const relation = {
      rel_type: "m.thread",
      event_id: "$root",
      is_falling_back: true,
      "m.in_reply_to": { event_id: "$a" },
    };
    const event = encrypted();
    const row = await stored({
      ...event,
      content: { ...event.content, body: "not to be read", "m.relates_to": relation },
    });
    expect(row).toMatchObject({
      kind: "encrypted",
      preview: "",
      metadata: null,
      thread: "$root",
      reply: null,
    });
    const edit = encrypted();
    await world.push([
      {
        ...edit,
        content: { ...edit.content, "m.relates_to": { rel_type: "m.replace", event_id: event.event_id } },
      },
    ]);
    const [revised] = await world.rows(
      "SELECT kind, edited_at IS NOT NULL AS edited FROM messages WHERE matrix_event_id = $1",
      event.event_id,
    );
    expect(revised).toEqual({ kind: "encrypted", edited: true });
  });

  it("88 the edit of a poll is an edit, not a second poll", async () => {
    const poll = (question: string) => ({
      "org.matrix.msc3381.poll.start": { question: { "org.matrix.msc1767.text": question }, answers: [] },
    });
    const first = eventOf("org.matrix.msc3381.poll.start", poll("Tea?"));
    const edit = eventOf("org.matrix.msc3381.poll.start", {
      ...poll("Coffee?"),
      "m.new_content": poll("Coffee?"),
      "m.relates_to": { rel_type: "m.replace", event_id: first.event_id },
    });
    expect(
      await stored(
        first,
        edit,
        editOf(first, "text is no poll", { origin_server_ts: edit.origin_server_ts + 9 }),
      ),
    ).toMatchObject({ kind: "poll", preview: "Coffee?" });
    const rows = await world.rows("SELECT 1 FROM messages WHERE matrix_event_id = $1", edit.event_id);
    expect(rows).toEqual([]);
  });
});
