import { describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import {
  agentNotReady,
  channelEncrypted,
  channelNotLinked,
  idempotencyKeyReused,
  messageEmpty,
  messageTooLarge,
  type PostMessage,
  postMessage,
  targetMissing,
  targetNotDelivered,
} from "../../src/domain/messaging/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { newUuid } from "../../src/kernel/ids.ts";
import { type EgressWorld, type Place } from "./egress-world.ts";
import { openWorldForEach } from "./world-for-each.ts";

let world: EgressWorld;
let place: Place;
let sofia: string;

openWorldForEach((fresh) => {
  ({ world, place, sofia } = fresh);
});

function post(more: Partial<PostMessage> = {}) {
  return transact(world.database, bridgeActor, (tx) =>
    postMessage(tx, { channelId: place.channelId, agentId: sofia, body: { text: "hello" }, ...more }),
  );
}

async function contents(): Promise<Record<string, unknown>[]> {
  const rows = await world.sql<{ content: Record<string, unknown> }>(
    `SELECT content FROM matrix.sends ORDER BY seq`,
  );
  return rows.map(({ content }) => content);
}

/** A message in the mirror, from a user. */
async function mirrored(eventId: string, threadRoot: string | null = null, later = 0): Promise<string> {
  const id = newUuid(world.database.clock.now());
  await world.sql(
    `INSERT INTO users (id, matrix_id) VALUES ($1::uuid, '@alice:test') ON CONFLICT DO NOTHING`,
    newUuid(world.database.clock.now()),
  );
  await world.sql(
    `INSERT INTO messages (id, channel_id, matrix_event_id, sender_user_id, sender_type, kind, content_preview,
                           thread_root_event_id, created_at)
     SELECT $1::uuid, $2::uuid, $3, u.id, 'human', 'text', 'x', $4, now() + $5 * interval '1 second'
       FROM users u WHERE u.matrix_id = '@alice:test'`,
    id,
    place.channelId,
    eventId,
    threadRoot,
    later,
  );
  return id;
}

describe("posting", () => {
  it("60: the row, its transaction id and the message's id are one thing", async () => {
    const posted = await post();
    expect(posted).toMatchObject({
      state: "queued",
      repeated: false,
      messageId: expect.stringMatching(/^m_/) as string,
    });
    const [row] = await world.sql(
      `SELECT id::text AS id, txn_id, sender_matrix_id, content FROM matrix.sends`,
    );
    expect(row).toMatchObject({
      id: posted.sendId,
      txn_id: `md.${posted.sendId}`,
      sender_matrix_id: "@dao_sofia:test",
      content: { "org.microdao.send": posted.messageId, "m.mentions": {} },
    });
  });

  it("the same key gives the same message for ever, however often and however many ask at once", async () => {
    const idempotency = { scope: "key:ak_1", key: "k" };
    const posted = await Promise.all(Array.from({ length: 10 }, () => post({ idempotency })));
    expect(new Set(posted.map(({ sendId }) => sendId)).size).toBe(1);
    expect(posted.filter(({ repeated }) => !repeated)).toHaveLength(1);
    await world.sql(`UPDATE channels SET encrypted = true, status = 'unlinked'`);
    expect(await post({ idempotency })).toMatchObject({ sendId: posted[0]?.sendId, repeated: true });
    await expect(post({ idempotency, body: { text: "other" } })).rejects.toSatisfy(idempotencyKeyReused.is);
    expect(await contents()).toHaveLength(1);
  });

  it("keys of different scopes do not meet", async () => {
    const [one, two] = [
      await post({ idempotency: { scope: "a", key: "k" } }),
      await post({ idempotency: { scope: "b", key: "k" } }),
    ];
    expect(one.sendId).not.toBe(two.sendId);
  });

  it("75: a reply names the event it answers and mentions who said it", async () => {
    const id = await mirrored("$question");
    await post({ replyTo: { id } });
    await post({ replyTo: { eventId: "$question" } });
    for (const content of await contents()) {
      expect(content).toMatchObject({
        "m.relates_to": { "m.in_reply_to": { event_id: "$question" } },
        "m.mentions": { user_ids: ["@alice:test"] },
        body: "hello",
      });
    }
  });

  it("76: a thread has one root, wherever in it one points, and falls back to its latest message", async () => {
    await mirrored("$root");
    await mirrored("$second", "$root", 2);
    const first = await mirrored("$first", "$root", 1);
    await post({ threadRoot: { id: first } });
    await post({ threadRoot: { eventId: "$root" } });
    await post({ replyTo: { id: first } });
    const [inside, outside, reply] = await contents();
    const thread = { rel_type: "m.thread", event_id: "$root" };
    for (const content of [inside, outside]) {
      expect(content?.["m.relates_to"]).toEqual({
        ...thread,
        is_falling_back: true,
        "m.in_reply_to": { event_id: "$second" },
      });
    }
    expect(reply?.["m.relates_to"]).toEqual({
      ...thread,
      is_falling_back: false,
      "m.in_reply_to": { event_id: "$first" },
    });
  });

  it("76: the first message of a thread falls back to its root", async () => {
    const root = await mirrored("$root");
    await post({ threadRoot: { id: root } });
    expect((await contents())[0]?.["m.relates_to"]).toMatchObject({ "m.in_reply_to": { event_id: "$root" } });
  });

  it("67: what has not come back from the room yet cannot be answered yet", async () => {
    const { sendId } = await post();
    await expect(post({ replyTo: { id: sendId } })).rejects.toSatisfy(targetNotDelivered.is);
    await expect(post({ replyTo: { id: newUuid(new Date()) } })).rejects.toSatisfy(targetMissing.is);
    await expect(post({ threadRoot: { eventId: "$nowhere" } })).rejects.toSatisfy(targetMissing.is);
    const other = await world.addChannel("other");
    await mirrored("$here");
    await expect(post({ channelId: other.channelId, replyTo: { eventId: "$here" } })).rejects.toSatisfy(
      targetMissing.is,
    );
  });

  it("138: nothing is posted where encryption was ever on", async () => {
    await world.sql(
      `INSERT INTO matrix.state_events (event_id, room_id, type, state_key, sender, origin_server_ts, content)
       VALUES ('$e', $1, 'm.room.encryption', '', '@alice:test', 0, '{}')`,
      place.roomId,
    );
    await expect(post()).rejects.toSatisfy(channelEncrypted.is);
    expect(await contents()).toEqual([]);
  });

  it("a channel that is not linked, a room that was left, an agent that is not active: each is refused", async () => {
    await world.sql(`UPDATE matrix.rooms SET status = 'left'`);
    await expect(post()).rejects.toSatisfy(channelNotLinked.is);
    await world.sql(`UPDATE matrix.rooms SET status = 'joined'`);
    await world.sql(`UPDATE channels SET status = 'unlinked'`);
    await expect(post()).rejects.toSatisfy(channelNotLinked.is);
    await world.sql(`UPDATE channels SET status = 'active'`);
    await world.sql(`UPDATE agents SET status = 'suspended' WHERE external_id = 'agent:sofia'`);
    await expect(post()).rejects.toSatisfy(agentNotReady.is);
    await expect(post({ channelId: newUuid(new Date()) })).rejects.toMatchObject({
      code: "channel_not_found",
    });
  });

  it("70: too much and nothing are refused", async () => {
    await expect(post({ body: { text: "x".repeat(65_000) } })).rejects.toSatisfy(messageTooLarge.is);
    await expect(post({ body: { markdown: " \n " } })).rejects.toSatisfy(messageEmpty.is);
    await post({ body: { text: "\0\uD800" } });
    expect((await contents())[0]).toMatchObject({ body: "\uFFFD\uFFFD" });
  });
});
