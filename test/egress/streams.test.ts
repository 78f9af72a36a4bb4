import { describe, expect, it } from "vitest";
import { type Database, transact } from "../../src/db/index.ts";
import { mostEdits } from "../../src/domain/messaging/edit-budget.ts";
import {
  channelConfidential,
  finishStream,
  growStream,
  type MessageBody,
  openStream,
  redactMessage,
  type StreamToFinish,
  type StreamToOpen,
  tendStreams,
} from "../../src/domain/messaging/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { newId } from "../../src/kernel/ids.ts";
import type { FakeEvent } from "../support/fake-homeserver.ts";
import { tablesWith } from "../support/tables-with.ts";
import { at, type EgressWorld, minutes, type Place } from "./egress-world.ts";
import { openWorldForEach } from "./world-for-each.ts";

let world: EgressWorld;
let place: Place;
let sofia: string;

openWorldForEach((fresh) => {
  ({ world, place, sofia } = fresh);
  world.fake.setMembership(place.roomId, "@dao_sofia:test", "join");
});

function open(first: MessageBody, more: Partial<StreamToOpen> = {}, database: Database = world.database) {
  return transact(database, bridgeActor, (tx) =>
    openStream(tx, { channelId: place.channelId, agentId: sofia, ...more }, first),
  );
}

function grow(sendId: string, text: string, laterMs = 0) {
  return transact(at(world, laterMs), bridgeActor, (tx) => growStream(tx, { sendId, text }));
}

function finish(sendId: string, text?: string, more: Partial<StreamToFinish> = {}, laterMs = 0) {
  const body = text === undefined ? undefined : { text };
  return transact(at(world, laterMs), bridgeActor, (tx) =>
    finishStream(tx, { sendId, body, ending: "complete", ...more }),
  );
}

/** When whatever these tests have queued is due. */
function deliver(): Promise<void> {
  return world.deliver({ database: at(world, minutes(15)) });
}

function events(): readonly FakeEvent[] {
  return world.fake.messages(place.roomId);
}

function bodies(): unknown[] {
  return events().map(({ content }) => content["body"]);
}

/** What a client shows of a message: its newest edit. */
function shown(): unknown {
  const last = events().findLast(({ content }) => "m.new_content" in content);
  return (last?.content["m.new_content"] as { body: string } | undefined)?.body;
}

async function mirror(): Promise<void> {
  await world.deps.ingest(
    events().map((event) => ({ ...event })),
    "backfill",
  );
}

const live = "org.matrix.msc4357.live";

describe("messages that grow", () => {
  it("67 and 74: are one message and edits of it, and only the last one tells whom it mentions", async () => {
    const { sendId } = await open({ text: "Hello" });
    await deliver();
    await grow(sendId, "Hello @bob:test", 300);
    await deliver();
    await finish(sendId, "Hello @bob:test and @carol:test", {}, 400);
    await deliver();
    const [message, growing, whole] = events();
    expect(message?.content).toMatchObject({
      msgtype: "m.text",
      body: "Hello",
      "m.mentions": {},
      [live]: {},
    });
    expect(growing?.content).toMatchObject({
      body: "* Hello @bob:test",
      "m.mentions": {},
      [live]: {},
      "m.new_content": { body: "Hello @bob:test", "m.mentions": { user_ids: ["@bob:test"] }, [live]: {} },
      "m.relates_to": { rel_type: "m.replace", event_id: message?.event_id },
    });
    expect(whole?.content).toMatchObject({
      "m.mentions": { user_ids: ["@bob:test", "@carol:test"] },
      "m.new_content": { body: "Hello @bob:test and @carol:test" },
      "m.relates_to": { rel_type: "m.replace", event_id: message?.event_id },
    });
    expect(JSON.stringify(whole?.content)).not.toContain(live);
    expect(events()).toHaveLength(3);
  });

  it("an edit that nobody has tried to send is replaced, and one on its way is never changed", async () => {
    const { sendId } = await open({ text: "a" });
    await grow(sendId, "ab", 1_000);
    for (const [index, text] of ["abc", "abcd", "abcde"].entries())
      await grow(sendId, text, 60_000 * (index + 2));
    expect(await world.sql(`SELECT count(*)::int AS n FROM matrix.sends`)).toEqual([{ n: 2 }]);
    await world.sql(`UPDATE matrix.sends SET state = 'sending', attempts = 1 WHERE kind = 'edit'`);
    await grow(sendId, "abcdef", 600_000);
    expect(
      await world.sql(
        `SELECT content #>> '{m.new_content,body}' AS body FROM matrix.sends WHERE kind = 'edit' ORDER BY seq`,
      ),
    ).toEqual([{ body: "abcde" }, { body: "abcdef" }]);
    expect(await world.sql(`SELECT edits FROM matrix.streams`)).toEqual([{ edits: 2 }]);
  });

  it("have at most 20 edits, however often they grow, and always the last word", async () => {
    const { sendId } = await open({ text: "0" });
    let text = "0";
    for (let second = 1; second <= 300; second += 1) {
      text += ` ${second}`;
      expect(await grow(sendId, text, second * 1_000)).toMatchObject({ live: true });
      if (second % 3 === 0) await world.deliver({ database: at(world, second * 1_000) });
    }
    await finish(sendId, `${text} end`, {}, 301_000);
    await world.deliver({ database: at(world, 301_000) });
    expect(events().length - 1).toBeLessThanOrEqual(mostEdits);
    expect(events().length - 1).toBeGreaterThan(12);
    expect(shown()).toBe(`${text} end`);
  });

  it("text that is not shown yet is shown when its edit is due, by whoever looks", async () => {
    const { sendId } = await open({ text: "one" });
    await grow(sendId, "one two");
    await deliver();
    expect(bodies()).toEqual(["one"]);
    expect(await tendStreams(world.database)).toBe(0);
    expect(await tendStreams(at(world, 2_000))).toBe(1);
    expect(await tendStreams(at(world, 2_000))).toBe(0);
    await deliver();
    expect(shown()).toBe("one two");
  });

  it("that nobody goes on with end by a sentence, and go on in the same message when the work is taken up again", async () => {
    const idempotency = { scope: "run", key: "run_1" };
    const { sendId } = await open({ text: "half an" }, { idempotency });
    await tendStreams(at(world, minutes(2)));
    await deliver();
    expect(shown()).toBe("half an\n\n⚠️ This answer broke off.");
    const again = await open({ text: "another half" }, { idempotency });
    expect(again).toMatchObject({ sendId, repeated: true, live: true });
    expect(await finish(sendId, "the whole answer")).toMatchObject({ ending: "complete", repeated: false });
    await deliver();
    expect(shown()).toBe("the whole answer");
    expect(await open({ text: "once more" }, { idempotency })).toMatchObject({ sendId, live: false });
    expect(await grow(sendId, "more", 90_000)).toMatchObject({ live: false });
    expect(await finish(sendId, "less")).toMatchObject({ ending: "complete", repeated: true });
    await deliver();
    expect(shown()).toBe("the whole answer");
    expect(events().filter(({ content }) => !("m.new_content" in content))).toHaveLength(1);
  });

  it("pieces with numbers are taken once and in turn", async () => {
    const { sendId } = await open({ text: "a" });
    const append = (seq: number, text: string) =>
      transact(world.database, bridgeActor, (tx) => growStream(tx, { sendId, append: text, seq }));
    expect(await append(1, "b")).toEqual({ live: true, seq: 1, taken: true });
    expect(await append(1, "b")).toEqual({ live: true, seq: 1, taken: false });
    expect(await append(3, "d")).toEqual({ live: true, seq: 1, taken: false });
    expect(await append(2, "c")).toEqual({ live: true, seq: 2, taken: true });
    await finish(sendId);
    await deliver();
    expect(shown()).toBe("abc");
  });

  it("70: what one message does not hold follows in parts, code blocks closed and begun again", async () => {
    const lines = Array.from({ length: 1_200 }, (_none, index) => `line ${index} of the listing`).join("\n");
    const { sendId } = await open({ markdown: "Listing:" });
    const body = { markdown: `Listing:\n\n\`\`\`ts\n${lines}\n\`\`\`\n\nDone.` };
    const done = await transact(world.database, bridgeActor, (tx) =>
      finishStream(tx, { sendId, body, ending: "complete" }),
    );
    await deliver();
    const parts = [shown() as string, ...bodies().slice(2)] as string[];
    expect(done?.messageIds).toHaveLength(parts.length);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) expect(part.match(/^```/gm)?.length ?? 0).toBeOneOf([0, 2]);
    expect(
      parts
        .join("\n")
        .replaceAll(/^```(?:ts)?\n?/gm, "")
        .replaceAll(/\n+/g, "\n"),
    ).toBe(body.markdown.replaceAll(/^```(?:ts)?\n?/gm, "").replaceAll(/\n+/g, "\n"));
    expect(await finish(sendId)).toMatchObject({ messageIds: done?.messageIds, repeated: true });
  });

  it("their words are nowhere in the database once the end was sent, and go at once with the message", async () => {
    const { sendId } = await open({ text: "tapir0001" });
    await grow(sendId, "tapir0001 tapir0002", 1_000);
    expect(await tablesWith(world.database, "tapir0001")).toEqual([
      "matrix.sends.content",
      "matrix.streams.body",
    ]);
    await finish(sendId, "tapir0001 tapir0003", {}, 2_000);
    await deliver();
    for (const word of ["tapir0001", "tapir0002", "tapir0003"])
      expect(await tablesWith(world.database, word)).toEqual([]);

    const other = await open({ text: "tapir0004" });
    await deliver();
    await transact(world.database, bridgeActor, (tx) =>
      redactMessage(tx, { messageId: other.sendId, agentId: sofia, othersAllowed: false }),
    );
    expect(await grow(other.sendId, "tapir0004 more", 1_000)).toMatchObject({ live: false });
    expect(await tablesWith(world.database, "tapir0004")).toEqual([]);
    expect(await finish(other.sendId)).toMatchObject({ ending: "cancelled", repeated: true });
  });

  it("a message that somebody deleted in the room grows no more", async () => {
    const { sendId } = await open({ text: "tapir0005" });
    await deliver();
    await mirror();
    await world.sql(
      `UPDATE messages SET redacted_at = now(), content_preview = '' WHERE id = $1::uuid`,
      sendId,
    );
    expect(await tendStreams(world.database)).toBe(1);
    expect(await tablesWith(world.database, "tapir0005")).not.toContain("matrix.streams.body");
    await deliver();
    expect(events()).toHaveLength(1);
  });

  it("are refused where words are not kept, and end where nothing may be said any more", async () => {
    const { sendId } = await open({ text: "in the clear" });
    await deliver();
    await world.sql(`UPDATE channels SET encrypted = true WHERE id = $1::uuid`, place.channelId);
    expect(await grow(sendId, "in the clear still", 1_000)).toMatchObject({ live: false });
    expect(await finish(sendId)).toMatchObject({ ending: "failed" });
    await expect(open({ text: "no" })).rejects.toMatchObject({ code: "channel_encrypted" });
    await world.sql(`UPDATE channels SET encrypted = false WHERE id = $1::uuid`, place.channelId);
    await world.sql(
      `WITH team AS (INSERT INTO teams (id, microdao_id, slug, name, mode) SELECT $2, microdao_id, 't', 'T', 'confidential'
          FROM channels WHERE id = $1::uuid RETURNING id)
       UPDATE channels SET team_id = (SELECT id FROM team) WHERE id = $1::uuid`,
      place.channelId,
      newId("t", new Date()),
    );
    await expect(open({ text: "no" })).rejects.toSatisfy(channelConfidential.is);
  });

  it("70: a text of more parts than anybody would read is a file, uploaded once however often it is tried", async () => {
    const { sendId } = await open({ markdown: "Report:" });
    const markdown = `Report:\n\n${"A paragraph of some words that says little.\n\n".repeat(4_000)}`;
    const done = await transact(world.database, bridgeActor, (tx) =>
      finishStream(tx, { sendId, body: { markdown }, ending: "complete" }),
    );
    expect(done?.messageIds).toHaveLength(2);
    world.fake.fail({ path: /media\/v3\/upload/ }, { kind: "html", status: 502 });
    await deliver();
    world.fake.fail({ path: /send\/m.room.message/ }, { kind: "limited", retryAfterMs: 1 });
    await world.deliver({ database: at(world, minutes(20)) });
    await world.deliver({ database: at(world, minutes(25)) });
    const uploads = world.fake.requests.filter(({ path }) => path === "/_matrix/media/v3/upload");
    expect(uploads.map(({ body }) => body["file"])).toEqual([markdown.trimEnd(), markdown.trimEnd()]);
    const file = events().at(-1)?.content;
    expect(file).toMatchObject({
      msgtype: "m.file",
      filename: "message.md",
      url: expect.stringMatching(/^mxc:/) as string,
      info: { mimetype: "text/markdown", size: Buffer.byteLength(markdown.trimEnd()) },
    });
    expect(JSON.stringify(file).length).toBeLessThan(4_000);
    expect(await tablesWith(world.database, "says little")).toEqual([]);
  });
});
