import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEvent } from "./parse-event.ts";
import { isStorable } from "./well-formed.ts";

const event = {
  event_id: "$e",
  room_id: "!r",
  sender: "@a:b",
  type: "m.room.message",
  origin_server_ts: 1,
  content: { msgtype: "m.text", body: "hello" },
};

/** JSON of the keys that mean something, with values that may be anything. */
const meaningful = fc.dictionary(
  fc.constantFrom(
    ..."msgtype body m.relates_to rel_type event_id m.in_reply_to is_falling_back m.new_content m.mentions user_ids room".split(
      " ",
    ),
    ..."redacts membership displayname url info file filename key unsigned redacted_because sender __proto__ constructor".split(
      " ",
    ),
  ),
  fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(
        "m.text",
        "m.image",
        "m.replace",
        "m.thread",
        "m.annotation",
        "join",
        "$x",
        "@a:b",
        "\0",
        "\ud800",
        "",
        null,
        true,
      ),
      fc.double(),
      fc.string({ unit: "binary" }),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom(
          "m.relates_to",
          "event_id",
          "rel_type",
          "key",
          "user_ids",
          "m.in_reply_to",
          "redacted_because",
        ),
        tie("value"),
      ),
    ),
  })).value,
);

const types = [
  ..."m.room.message m.room.encrypted m.room.member m.room.redaction m.reaction m.sticker m.poll.start".split(
    " ",
  ),
  ..."m.room.name m.room.power_levels m.room.create org.example".split(" "),
];

describe("reading events", () => {
  it("never throws, whatever it is given", () => {
    fc.assert(
      fc.property(fc.anything(), (raw) => void parseEvent(raw)),
      { numRuns: 500 },
    );
  });

  it("gives facts that can be stored, or says why not, of anything that looks like an event", () => {
    const looks = fc.record(
      {
        event_id: fc.constantFrom("$e", "$é", "", 5),
        room_id: fc.constant("!r"),
        sender: fc.constantFrom("@a:b", "@", "x"),
        type: fc.constantFrom(...types),
        origin_server_ts: fc.oneof(fc.double(), fc.integer(), fc.constant("1")),
        state_key: fc.constantFrom("", "@a:b", null, "\0"),
        redacts: fc.constantFrom("$x", 5, "\0"),
        content: meaningful,
        unsigned: meaningful,
      },
      { requiredKeys: ["event_id", "room_id", "sender", "type", "origin_server_ts", "content"] },
    );
    fc.assert(
      fc.property(looks, (raw) => {
        const parsed = parseEvent(raw);
        if ("fault" in parsed) {
          expect(parsed.fault.code).toMatch(/^[a-z_]+$/);
          return;
        }
        for (const fact of parsed.facts) {
          expect(Number.isInteger(fact.ts) && fact.ts >= 0 && fact.ts <= 253_402_300_799_999).toBe(true);
          for (const text of textsIn(fact)) expect(isStorable(text)).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("takes the target of a redaction from the content, else from beside it", () => {
    const redaction = { ...event, type: "m.room.redaction", redacts: "$old" };
    const targetOf = (raw: object) => {
      const parsed = parseEvent(raw);
      return "facts" in parsed
        ? parsed.facts.map((fact) => "target" in fact && fact.target)
        : parsed.fault.code;
    };
    expect(targetOf({ ...redaction, content: { redacts: "$new" } })).toEqual(["$new"]);
    expect(targetOf({ ...redaction, content: {} })).toEqual(["$old"]);
    expect(targetOf({ ...redaction, redacts: 5, content: { redacts: {} } })).toEqual([]);
  });

  it("believes the marker of a message of ours only if it is an id", () => {
    const marked = (marker: unknown) => {
      const parsed = parseEvent({ ...event, content: { ...event.content, "org.microdao.send": marker } });
      return "facts" in parsed && parsed.facts[0]?.type === "message" ? parsed.facts[0].sendId : undefined;
    };
    expect(marked("m_01h455vb4pex5vsknk084sn02q")).toBe("01890a5d-ac96-774b-bcce-b302099a8057");
    for (const marker of [
      "m_8zzzzzzzzzzzzzzzzzzzzzzzzz",
      "u_01h455vb4pex5vsknk084sn02q",
      "01890a5d-ac96-774b-bcce-b302099a8057",
      5,
      null,
    ]) {
      expect(marked(marker)).toBeNull();
    }
  });
});

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...textsIn(item)]);
}
