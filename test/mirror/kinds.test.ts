import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  editOf,
  eventOf,
  type MatrixEvent,
  messageWith,
  prunedBy,
  redactionOf,
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
}

async function stored(event: MatrixEvent, ...others: readonly MatrixEvent[]): Promise<Row | undefined> {
  expect((await world.push([event, ...others])).statusCode).toBe(200);
  const rows = await world.rows<Row>(
    "SELECT kind, content_preview AS preview, metadata FROM messages WHERE matrix_event_id = $1",
    event.event_id,
  );
  return rows[0];
}

describe("files", () => {
  it("83: media that is nowhere is a row that says that it is broken", async () => {
    const hostile = [
      undefined,
      5,
      "",
      "https://test/a.png",
      "mxc://test",
      "mxc://test/",
      "mxc:///a",
      "mxc://test/a/b",
      "mxc://test/../a",
      "mxc://../a",
      "mxc://te st/a",
      "mxc://test/a?b",
      "mxc://test/%2e%2e",
      `mxc://test/${"a".repeat(500)}`,
    ];
    for (const url of hostile) {
      const row = await stored(messageWith({ msgtype: "m.image", body: "a.png", url }));
      expect(row).toMatchObject({
        kind: "image",
        preview: "a.png",
        metadata: { filename: "a.png", broken: true },
      });
      expect(row?.metadata).not.toHaveProperty("mxc");
    }
  });

  it("83: its own thumbnail is kept, sizes that are none are not", async () => {
    const row = await stored(
      messageWith({
        msgtype: "m.video",
        body: "v.mp4",
        url: "mxc://test/v",
        info: { thumbnail_url: "mxc://test/t", size: -1, w: 1.5, h: "9", duration: 2_000 },
      }),
    );
    expect(row?.metadata).toEqual({
      filename: "v.mp4",
      mxc: "mxc://test/v",
      thumbnail_mxc: "mxc://test/t",
      duration_ms: 2_000,
    });
  });

  it.each(["m.gallery", "dm.filament.gallery"])(
    "83: a gallery (%s) keeps each of its files",
    async (msgtype) => {
      const itemtypes = [
        {
          itemtype: "m.image",
          body: "a.jpg",
          url: "mxc://test/a",
          info: { mimetype: "image/jpeg", size: 7, w: 3, h: 2 },
        },
        { itemtype: "m.video", body: "b.mp4", file: { url: "mxc://test/b", key: { k: "secret" } } },
        { itemtype: "org.example.hologram", body: "c", url: "mxc://test/c" },
        { itemtype: "m.file", body: "nowhere" },
        "no item",
      ];
      const row = await stored(messageWith({ msgtype, body: "our trip", itemtypes }));
      expect(row).toEqual({
        kind: "gallery",
        preview: "our trip",
        metadata: {
          items: [
            {
              kind: "image",
              filename: "a.jpg",
              mxc: "mxc://test/a",
              mimetype: "image/jpeg",
              size: 7,
              width: 3,
              height: 2,
            },
            { kind: "video", filename: "b.mp4", mxc: "mxc://test/b", encrypted_file: true },
            { kind: "file", filename: "c", mxc: "mxc://test/c" },
            { kind: "file", filename: "nowhere", broken: true },
          ],
        },
      });
      expect(JSON.stringify(row)).not.toContain("secret");
      expect(await stored(messageWith({ msgtype, body: "", itemtypes: "none" }))).toEqual({
        kind: "gallery",
        preview: "gallery",
        metadata: { items: [] },
      });
    },
  );

  it("84: a sticker without an image is broken, and still named", async () => {
    expect(await stored(eventOf("m.sticker", { body: "a fox" }))).toEqual({
      kind: "sticker",
      preview: "a fox",
      metadata: { filename: "a fox", broken: true },
    });
  });

  it("85: a voice message says so, with its length and at most a hundred heights", async () => {
    const voice = (waveform: unknown) =>
      stored(
        messageWith({
          msgtype: "m.audio",
          body: "Voice message",
          url: "mxc://test/v",
          "org.matrix.msc3245.voice": {},
          "org.matrix.msc1767.audio": { duration: 2_100, waveform },
        }),
      );
    expect(await voice([0, 512.4, 9_999, -3])).toMatchObject({
      kind: "voice",
      preview: "Voice message",
      metadata: { voice: true, duration_ms: 2_100, waveform: [0, 512, 1_024, 0] },
    });
    const long = await voice(Array.from({ length: 10_000 }, (_height, index) => index % 1_000));
    expect(long?.metadata?.["waveform"]).toHaveLength(100);
    for (const none of ["loud", [], ["a"], [null], {}]) {
      expect((await voice(none))?.metadata).not.toHaveProperty("waveform");
    }
  });
});

describe("places", () => {
  const location = (content: Record<string, unknown>) =>
    stored(messageWith({ msgtype: "m.location", body: "here", ...content }));

  it("86: the parts of a geo URI are read, and MSC3488's description", async () => {
    const row = await location({
      geo_uri: "geo:51.5008,-0.1246,20;u=35",
      "org.matrix.msc3488.location": { uri: "geo:0,0", description: "The bridge" },
    });
    expect(row).toEqual({
      kind: "location",
      preview: "here",
      metadata: {
        geo_uri: "geo:51.5008,-0.1246,20;u=35",
        latitude: 51.5008,
        longitude: -0.1246,
        altitude_m: 20,
        uncertainty_m: 35,
        description: "The bridge",
      },
    });
    expect(
      await location({ body: "", "org.matrix.msc3488.location": { uri: "geo:1,2", description: "A hill" } }),
    ).toMatchObject({
      preview: "A hill",
      metadata: { latitude: 1, longitude: 2 },
    });
  });

  it("86: what is no place on earth is only its text", async () => {
    for (const geo_uri of [
      "geo:91,0",
      "geo:0,181",
      "geo:1,2,3,4",
      "geo:1e5,2",
      "geo:NaN,0",
      `geo:1,2;x=${"y".repeat(300)}`,
    ]) {
      expect(await location({ geo_uri })).toEqual({ kind: "location", preview: "here", metadata: null });
    }
  });
});

describe("what nobody here knows", () => {
  it("81: an event of an unknown type is shown by its text, under its type", async () => {
    const texts: Record<string, unknown>[] = [
      { body: "dances" },
      { "org.matrix.msc1767.text": "dances" },
      { "m.text": [{ mimetype: "text/html", body: "<b>dances</b>" }, { body: "dances" }] },
    ];
    for (const content of texts) {
      expect(await stored(eventOf("org.example.dance", content))).toEqual({
        kind: "custom",
        preview: "dances",
        metadata: { event_type: "org.example.dance" },
      });
    }
  });

  it("81: one that says nothing to people is no message", async () => {
    const silent = [
      eventOf("org.example.dance", { steps: [1, 2] }),
      eventOf("org.example.dance", { body: "  " }),
      eventOf("org.example.dance", { body: { text: "x" } }),
      eventOf("m.call.invite", { body: "calls", call_id: "1" }),
      eventOf("m.key.verification.start", { body: "verify" }),
    ];
    for (const event of silent) expect(await stored(event)).toBeUndefined();
  });

  it("81: server notices and verification requests keep their msgtype", async () => {
    expect(await stored(messageWith({ msgtype: "m.server_notice", body: "Read the terms" }))).toEqual({
      kind: "notice",
      preview: "Read the terms",
      metadata: { msgtype: "m.server_notice" },
    });
    expect(
      await stored(messageWith({ msgtype: "m.key.verification.request", body: "Verify me", to: "@x:test" })),
    ).toEqual({ kind: "other", preview: "Verify me", metadata: { msgtype: "m.key.verification.request" } });
  });

  it("81: a message of a known type without body is shown by its extensible text", async () => {
    const content = { msgtype: "m.text", "m.text": [{ body: "from the future" }] };
    expect(await stored(messageWith(content))).toMatchObject({ kind: "text", preview: "from the future" });
  });

  it("88: only events of the same unknown type edit it", async () => {
    const dance = eventOf("org.example.dance", { body: "dances" });
    const edit = (type: string, body: string, after: number) =>
      eventOf(
        type,
        {
          body: `* ${body}`,
          "m.new_content": { body },
          "m.relates_to": { rel_type: "m.replace", event_id: dance.event_id },
        },
        { origin_server_ts: dance.origin_server_ts + after },
      );
    const right = edit("org.example.dance", "sings", 1);
    expect(
      await stored(dance, right, edit("org.example.other", "lies", 2), editOf(dance, "lies")),
    ).toMatchObject({
      kind: "custom",
      preview: "sings",
    });
  });

  it("93: one that comes pruned is no message: nobody knows that it was one", async () => {
    const event = eventOf("org.example.dance", { body: "dances" });
    const redaction = redactionOf(event);
    expect(await stored(prunedBy(event, redaction))).toBeUndefined();
    expect(await stored(event)).toEqual({ kind: "redacted", preview: "", metadata: null });
  });
});
