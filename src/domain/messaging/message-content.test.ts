import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildMessageContent, contentLimitBytes, type MessageToBuild } from "./message-content.ts";
import { messageTooLarge } from "./post-errors.ts";

const sofia = "@dao_sofia:example.org";
const plain: MessageToBuild = {
  body: { text: "hello" },
  msgtype: "m.text",
  sender: sofia,
  sendId: "m_01h455vb4pex5vsknk084sn02q",
  replyTo: null,
  thread: null,
};

describe("the content of a message", () => {
  it("73: mentions are always there, and empty when nobody is meant", () => {
    expect(buildMessageContent(plain)).toEqual({
      msgtype: "m.text",
      body: "hello",
      "m.mentions": {},
      "org.microdao.send": plain.sendId,
    });
  });

  it("73: the sender never mentions itself, and @room in a text is only text", () => {
    const body = { text: `@room ask @alice:example.org or ${sofia}, please` };
    expect(buildMessageContent({ ...plain, body })["m.mentions"]).toEqual({
      user_ids: ["@alice:example.org"],
    });
  });

  it("75: a reply names the event and the one who is answered, without a quoted fallback", () => {
    const replyTo = { eventId: "$question", sender: "@bob:example.org" };
    const content = buildMessageContent({ ...plain, replyTo });
    expect(content["m.relates_to"]).toEqual({ "m.in_reply_to": { event_id: "$question" } });
    expect(content["m.mentions"]).toEqual({ user_ids: ["@bob:example.org"] });
    expect(content["body"]).toBe("hello");
    const own = { eventId: "$own", sender: sofia };
    expect(buildMessageContent({ ...plain, replyTo: own })["m.mentions"]).toEqual({});
  });

  it("76: in a thread it falls back to the latest event, unless it is a reply", () => {
    const thread = { root: "$root", latest: "$latest" };
    expect(buildMessageContent({ ...plain, thread })["m.relates_to"]).toEqual({
      rel_type: "m.thread",
      event_id: "$root",
      is_falling_back: true,
      "m.in_reply_to": { event_id: "$latest" },
    });
    const replyTo = { eventId: "$question", sender: null };
    expect(buildMessageContent({ ...plain, thread, replyTo })["m.relates_to"]).toEqual({
      rel_type: "m.thread",
      event_id: "$root",
      is_falling_back: false,
      "m.in_reply_to": { event_id: "$question" },
    });
  });

  it("79: Markdown has both a format and a formatted body, and its source as the body", () => {
    const content = buildMessageContent({ ...plain, body: { markdown: "**hi** <b>you</b>" } });
    expect(content).toMatchObject({
      body: "**hi** <b>you</b>",
      format: "org.matrix.custom.html",
      formatted_body: "<p><strong>hi</strong> &lt;b&gt;you&lt;/b&gt;</p>",
    });
    expect(buildMessageContent(plain)).not.toHaveProperty("format");
  });

  it("70: what would not fit into an event is refused, counted in bytes", () => {
    const most = "é".repeat((contentLimitBytes - 200) / 2);
    expect(() => buildMessageContent({ ...plain, body: { text: most } })).not.toThrow();
    const error = (() => {
      try {
        return buildMessageContent({ ...plain, body: { text: `${most}${"é".repeat(150)}` } });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(messageTooLarge.is(error)).toBe(true);
  });

  it("any text gives content that PostgreSQL can store and that stays within the limit", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.boolean(), (text, isMarkdown) => {
        const json = JSON.stringify(
          buildMessageContent({
            ...plain,
            body: isMarkdown ? { markdown: `${text}\0\uD800` } : { text: `${text}\0\uD800` },
          }),
        );
        expect(json).not.toMatch(/\\u0000|\\ud800/i);
        expect(Buffer.byteLength(json)).toBeLessThanOrEqual(contentLimitBytes);
      }),
    );
  });
});
