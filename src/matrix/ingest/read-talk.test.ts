import { describe, expect, it, vi } from "vitest";
import type { JsonObject } from "../../kernel/json.ts";
import { readTalkFrom } from "./read-talk.ts";

const asked = { roomId: "!r:test", eventId: "$q", threadRoot: null, reader: "@dao_sofia:test" };

function said(eventId: string, at: number, body: string, more: JsonObject = {}): JsonObject {
  return {
    event_id: eventId,
    sender: "@alice:test",
    type: "m.room.message",
    origin_server_ts: at,
    content: { msgtype: "m.text", body },
    ...more,
  };
}

const inThread = (body: string): JsonObject => ({
  content: { msgtype: "m.text", body, "m.relates_to": { rel_type: "m.thread", event_id: "$root" } },
});

/** A homeserver that answers so. */
function homeserver(more: {
  context?: readonly JsonObject[];
  events?: Record<string, JsonObject>;
  relations?: readonly JsonObject[];
}) {
  return {
    context: vi.fn(() => Promise.resolve(more.context)),
    event: vi.fn(({ eventId }: { eventId: string }) => Promise.resolve(more.events?.[eventId])),
    relations: vi.fn(() => Promise.resolve(more.relations ?? [])),
  };
}

const textsOf = (talk: Awaited<ReturnType<ReturnType<typeof readTalkFrom>>>) =>
  talk && [...talk.before, talk.question].map(({ text }) => text);

describe("what an agent reads before it answers", () => {
  it("of a room is what was said up to the question, by time, without what is said in threads", async () => {
    const fake = homeserver({
      context: [
        said("$b", 2, "second"),
        said("$a", 1, "first"),
        said("$t", 3, "", inThread("elsewhere")),
        said("$q", 4, "question"),
        said("$z", 5, "later"),
      ],
    });
    expect(textsOf(await readTalkFrom(fake, "@bot:test")(asked))).toEqual(["first", "second", "question"]);
    expect(fake.context).toHaveBeenCalledWith({
      roomId: "!r:test",
      asUser: "@dao_sofia:test",
      eventId: "$q",
      limit: 80,
    });
  });

  it("of a thread is its root and the newest 50 answers up to the question", async () => {
    const fake = homeserver({
      events: { $root: said("$root", 1, "root"), $q: said("$q", 4, "", inThread("question")) },
      // The newest come first.
      relations: [
        said("$z", 5, "", inThread("later")),
        said("$q", 4, "", inThread("question")),
        said("$b", 3, "", inThread("second")),
        said("$a", 2, "", inThread("first")),
      ],
    });
    const talk = await readTalkFrom(fake, "@bot:test")({ ...asked, threadRoot: "$root" });
    expect(textsOf(talk)).toEqual(["root", "first", "second", "question"]);
    expect(fake.relations).toHaveBeenCalledWith({
      roomId: "!r:test",
      asUser: "@dao_sofia:test",
      eventId: "$root",
      relType: "m.thread",
      limit: 50,
    });
  });

  it("is what the sender's own last edit says; edits of others and edits as messages are not read", async () => {
    const edit = (sender: string, body: string): JsonObject => ({
      unsigned: {
        "m.relations": {
          "m.replace": { sender, content: { "m.new_content": { msgtype: "m.text", body } } },
        },
      },
    });
    const replacing: JsonObject = {
      content: { msgtype: "m.text", body: "* x", "m.relates_to": { rel_type: "m.replace", event_id: "$a" } },
    };
    const fake = homeserver({
      context: [
        said("$a", 1, "a tpyo", edit("@alice:test", "a typo")),
        said("$b", 2, "mine", edit("@mallory:test", "forged")),
        said("$c", 3, "", replacing),
        said("$q", 4, "question"),
      ],
    });
    expect(textsOf(await readTalkFrom(fake, "@bot:test")(asked))).toEqual(["a typo", "mine", "question"]);
  });

  it("leaves out what was redacted, encrypted or said as a notice, and cuts what is very long", async () => {
    const fake = homeserver({
      context: [
        said("$a", 1, "", { content: {} }),
        said("$b", 2, "", { type: "m.room.encrypted", content: { ciphertext: "x" } }),
        said("$c", 3, "", { content: { msgtype: "m.notice", body: "beep" } }),
        said("$d", 4, "x".repeat(40_000)),
        said("$q", 5, "question"),
      ],
    });
    const talk = await readTalkFrom(fake, "@bot:test")(asked);
    expect(talk?.before.map(({ eventId, text }) => [eventId, text.length])).toEqual([["$d", 32_000]]);
  });

  it("is nothing when the question was redacted or is not there", async () => {
    for (const context of [undefined, [said("$a", 1, "x")], [said("$q", 1, "", { content: {} })]])
      expect(await readTalkFrom(homeserver(context ? { context } : {}), "@bot:test")(asked)).toBeUndefined();
    const gone = readTalkFrom(homeserver({}), "@bot:test");
    expect(await gone({ ...asked, threadRoot: "$root" })).toBeUndefined();
  });
});
