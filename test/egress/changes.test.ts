import { describe, expect, it } from "vitest";
import { type Tx, transact } from "../../src/db/index.ts";
import {
  addReaction,
  editMessage,
  messageFailed,
  messageNotOwn,
  messageRedacted,
  type QueuedSend,
  redactMessage,
  removeReaction,
} from "../../src/domain/messaging/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import type { FakeEvent } from "../support/fake-homeserver.ts";
import { at, type EgressWorld, minutes, type Place } from "./egress-world.ts";
import { openWorldForEach } from "./world-for-each.ts";

let world: EgressWorld;
let place: Place;
let sofia: string;
const ghost = "@dao_sofia:test";

openWorldForEach((fresh) => {
  ({ world, place, sofia } = fresh);
  world.fake.setMembership(place.roomId, ghost, "join");
});

/** Gives the uuid of what was queued. */
async function queue(work: (tx: Tx) => Promise<QueuedSend | undefined>): Promise<string> {
  const queued = await transact(world.database, bridgeActor, work);
  if (queued === undefined) throw new TypeError("nothing was queued");
  return queued.sendId;
}

function edit(messageId: string, text: string, agentId = sofia): Promise<string> {
  return queue((tx) => editMessage(tx, { messageId, agentId, body: { text } }));
}

function react(messageId: string, key: string, agentId = sofia): Promise<string> {
  return queue((tx) => addReaction(tx, { messageId, agentId, key }));
}

function redact(messageId: string, reason?: string): Promise<string> {
  return queue((tx) => redactMessage(tx, { messageId, agentId: sofia, reason, othersAllowed: false }));
}

function events(): readonly FakeEvent[] {
  return world.fake.messages(place.roomId);
}

/** What the mirror makes of all that is in the room. */
async function mirror(): Promise<void> {
  const fresh = events().map((event) => ({ ...event }));
  await world.deps.ingest(fresh, "backfill");
}

describe("what agents do to messages", () => {
  it("67 and 74: an edit that was asked for at once waits for its message, and names the original", async () => {
    const messageId = await world.post(place, sofia, "hello @alice:test");
    const first = await edit(messageId, "hello @alice:test and @bob:test");
    await world.deliver();
    const second = await edit(messageId, "goodbye");
    await world.deliver();
    const [message, one, two] = events();
    expect(one?.content).toMatchObject({
      msgtype: "m.text",
      body: "* hello @alice:test and @bob:test",
      "m.mentions": { user_ids: ["@bob:test"] },
      "m.new_content": {
        msgtype: "m.text",
        body: "hello @alice:test and @bob:test",
        "m.mentions": { user_ids: ["@alice:test", "@bob:test"] },
      },
      "m.relates_to": { rel_type: "m.replace", event_id: message?.event_id },
    });
    expect(two?.content["m.relates_to"]).toEqual({ rel_type: "m.replace", event_id: message?.event_id });
    await mirror();
    for (const id of [messageId, first, second])
      expect(await world.send(id)).toMatchObject({ state: "confirmed", messageId });
    expect(
      await world.sql(`SELECT id::text, content_preview, edited_at IS NOT NULL AS edited FROM messages`),
    ).toEqual([{ id: messageId, content_preview: "goodbye", edited: true }]);
    expect(await world.sql(`SELECT count(*)::int AS n FROM matrix.edits`)).toEqual([{ n: 2 }]);
    expect(
      await world.sql(`SELECT count(*)::int AS n FROM outbox_events WHERE topic = 'chat.message.created'`),
    ).toEqual([{ n: 1 }]);
  });

  it("74: Markdown is edited with its HTML, and the kind of the message stays", async () => {
    const messageId = await world.post(place, sofia, "note", { msgtype: "m.notice" });
    await world.deliver();
    await queue((tx) => editMessage(tx, { messageId, agentId: sofia, body: { markdown: "**note**" } }));
    await world.deliver();
    expect(events()[1]?.content).toMatchObject({
      msgtype: "m.notice",
      body: "* **note**",
      format: "org.matrix.custom.html",
      formatted_body: expect.stringMatching(/^\* .*<strong>note<\/strong>/) as string,
      "m.new_content": { msgtype: "m.notice", body: "**note**" },
    });
  });

  it("77: a reaction is made once, taken back once, and may be made again", async () => {
    const messageId = await world.post(place, sofia, "hello");
    const mira = await world.addAgent("mira");
    world.fake.setMembership(place.roomId, "@dao_mira:test", "join");
    const first = await react(messageId, "👍", mira);
    expect(await react(messageId, "👍", mira)).toBe(first);
    await world.deliver();
    await world.deliver({ database: at(world, minutes(1)) });
    expect(events().map(({ type }) => type)).toEqual(["m.room.message", "m.reaction"]);
    expect(events()[1]).toMatchObject({
      sender: "@dao_mira:test",
      content: { "m.relates_to": { rel_type: "m.annotation", key: "👍", event_id: events()[0]?.event_id } },
    });
    const remove = () =>
      transact(world.database, bridgeActor, (tx) =>
        removeReaction(tx, { messageId, agentId: mira, key: "👍" }),
      );
    expect(await remove()).toMatchObject({ repeated: false });
    expect(await remove()).toBeUndefined();
    const again = await react(messageId, "👍", mira);
    expect(again).not.toBe(first);
    await world.deliver({ database: at(world, minutes(1)) });
    await mirror();
    expect(await world.sql(`SELECT redacted FROM matrix.reactions ORDER BY redacted`)).toEqual([
      { redacted: false },
      { redacted: true },
    ]);
  });

  it("77: a reaction that is there already is what was wanted", async () => {
    const messageId = await world.post(place, sofia, "hello");
    await world.deliver();
    world.fake.fail(
      { path: /m\.reaction/ },
      { kind: "refused", status: 400, errcode: "M_DUPLICATE_ANNOTATION" },
    );
    const sendId = await react(messageId, "👍");
    await world.deliver();
    expect(await world.send(sendId)).toMatchObject({
      state: "confirmed",
      eventId: null,
      lastErrorCode: null,
    });
  });

  it("62 and 78: a redaction is repeated with the same transaction id, and redacting twice is redacting once", async () => {
    const messageId = await world.post(place, sofia, "hello");
    world.fake.fail({ path: /\/redact\// }, { kind: "html", status: 502 });
    const sendId = await redact(messageId, "a mistake");
    expect(await redact(messageId)).toBe(sendId);
    await world.deliver();
    expect(await world.send(sendId)).toMatchObject({ state: "queued" });
    await world.deliver({ database: at(world, minutes(1)) });
    const puts = world.fake.requests.filter(({ path }) => path.includes("/redact/"));
    expect(puts.map(({ path }) => path.split("/").at(-1))).toEqual([`md.${sendId}`, `md.${sendId}`]);
    expect(puts[0]?.body).toMatchObject({ reason: "a mistake" });
    await mirror();
    expect(await world.send(sendId)).toMatchObject({ state: "confirmed" });
    expect(await world.sql(`SELECT kind, content_preview FROM messages`)).toEqual([
      { kind: "redacted", content_preview: "" },
    ]);
    expect(await redact(messageId)).toBe(sendId);
    await expect(edit(messageId, "too late")).rejects.toSatisfy(messageRedacted.is);
    await expect(react(messageId, "👍")).rejects.toSatisfy(messageRedacted.is);
  });

  it("63: a redaction whose answer was lost is found in the room after a restart of the homeserver", async () => {
    const messageId = await world.post(place, sofia, "hello");
    world.fake.fail({ path: /\/redact\// }, { kind: "cut" });
    const sendId = await redact(messageId);
    await world.deliver();
    world.fake.restart();
    await world.deliver({ database: at(world, minutes(1)) });
    expect(events()).toHaveLength(2);
    expect(await world.send(sendId)).toMatchObject({ state: "sent", eventId: events()[1]?.event_id });
  });

  it("66 and 67: what changes a message that was refused fails with it", async () => {
    world.fake.fail(
      { path: /\/send\/m\.room\.message/ },
      { kind: "refused", status: 400, errcode: "M_BAD_JSON" },
    );
    const messageId = await world.post(place, sofia, "bad");
    const change = await edit(messageId, "worse");
    const next = await world.post(place, sofia, "good");
    await world.deliver();
    expect(await world.send(change)).toMatchObject({
      state: "failed",
      lastErrorCode: "target_not_delivered",
    });
    expect(await world.send(next)).toMatchObject({ state: "sent" });
    await expect(edit(messageId, "again")).rejects.toSatisfy(messageFailed.is);
  });

  it("67: a reaction to another agent's message waits until that is delivered", async () => {
    const mira = await world.addAgent("mira");
    world.fake.setMembership(place.roomId, "@dao_mira:test", "join");
    world.fake.fail({ path: /\/send\/m\.room\.message/ }, { kind: "limited", retryAfterMs: 1000 });
    const messageId = await world.post(place, sofia, "hello");
    const reaction = await react(messageId, "👍", mira);
    await world.deliver();
    expect(await world.send(reaction)).toMatchObject({ state: "queued", lastErrorCode: "waits_for_target" });
    await world.deliver({ database: at(world, minutes(1)) });
    await world.deliver({ database: at(world, minutes(2)) });
    expect(await world.send(reaction)).toMatchObject({ state: "sent" });
  });

  it("74: nobody edits what somebody else said", async () => {
    const mira = await world.addAgent("mira");
    const messageId = await world.post(place, sofia, "mine");
    await expect(edit(messageId, "hers", mira)).rejects.toSatisfy(messageNotOwn.is);
  });

  it("115: what was said in a room that was replaced is not changed in the new one", async () => {
    const next = await world.addChannel("next");
    world.fake.setMembership(next.roomId, ghost, "join");
    const messageId = await world.post(place, sofia, "hello");
    await world.deliver();
    const change = await edit(messageId, "better");
    await world.sql(
      `UPDATE matrix.rooms SET successor_room_id = $2 WHERE room_id = $1`,
      place.roomId,
      next.roomId,
    );
    await world.deliver();
    expect(await world.send(change)).toMatchObject({ state: "failed", lastErrorCode: "room_replaced" });
    expect(world.fake.messages(next.roomId)).toEqual([]);
  });

  it("72 and 115: who may delete in the new room may not in the old one", async () => {
    const next = await world.addChannel("next");
    const messageId = await world.post(place, await world.addAgent("mira"), "said in the old room");
    world.fake.setMembership(place.roomId, "@dao_mira:test", "join");
    await world.deliver();
    await mirror();
    await world.sql(
      `UPDATE matrix.rooms SET power_users = $2::jsonb, channel_id = $3::uuid WHERE room_id = $1`,
      next.roomId,
      JSON.stringify({ [ghost]: 100 }),
      place.channelId,
    );
    await world.sql(
      `UPDATE channels SET matrix_room_id = '!nowhere:test' WHERE id = $1::uuid`,
      next.channelId,
    );
    await world.sql(
      `UPDATE channels SET matrix_room_id = $2 WHERE id = $1::uuid`,
      place.channelId,
      next.roomId,
    );
    const deletion = queue((tx) => redactMessage(tx, { messageId, agentId: sofia, othersAllowed: true }));
    await expect(deletion).rejects.toMatchObject({ code: "room_replaced" });
  });
});
