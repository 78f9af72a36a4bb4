import { Readable } from "node:stream";
import { MatrixClient } from "@vector-im/matrix-bot-sdk";
import { Direction } from "matrix-js-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  editMessage,
  findSend,
  findStream,
  finishStream,
  growStream,
  openStream,
} from "../../src/domain/messaging/index.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { openHomeserver } from "../../src/matrix/homeserver/index.ts";
import { uploadsTo } from "../../src/matrix/media/index.ts";
import { type AgentsRoom, openAgentsRoom } from "../support/agents-room.ts";

const sofia = "@dao_sofia:localhost";

let world: AgentsRoom;

beforeAll(async () => {
  world = await openAgentsRoom();
});

afterAll(() => world.close());

describe("what agents post, in a real Synapse and as two client libraries see it", () => {
  it("64, 67 and 74: a stream that grows while Synapse is killed and started again is one message with the whole text", async () => {
    const { database, alice, roomId, channelId, sofiaId } = world;
    // As if it had been made long ago: then nothing has to be looked for, as the homeserver remembers what was sent.
    await world.rows(`UPDATE matrix.ghosts SET device_since = device_since - interval '1 hour'`);
    const { sendId } = await world.work((tx) =>
      openStream(tx, { channelId, agentId: sofiaId }, { markdown: "**Counting:**" }),
    );
    await expect.poll(() => world.state(sendId)).toBe("confirmed");
    let text = "**Counting:**";
    const grow = async (from: number, to: number) => {
      for (let count = from; count <= to; count += 1) {
        text += ` ${count}`;
        const grown = text;
        expect((await world.work((tx) => growStream(tx, { sendId, text: grown }))).live).toBe(true);
        await expect.poll(async () => (await findStream(database.db, sendId))?.shown).toBeGreaterThan(0);
      }
    };
    await grow(1, 10);
    world.towardsSynapse.cutOnce(/\/send\/m\.room\.message\/md\./);
    await world.synapse.kill();
    await grow(11, 20);
    await world.synapse.restart();
    await grow(21, 30);
    await world.work((tx) => finishStream(tx, { sendId, ending: "complete" }));
    const unfinished = `SELECT 1 FROM matrix.sends WHERE (id = '${sendId}' OR message_id = '${sendId}') AND state <> 'confirmed'`;
    await expect
      .poll(
        async () => {
          await alice
            .sendMessage(roomId, { msgtype: "m.notice", body: "knock" } as never)
            .catch(() => undefined);
          return world.rows(unfinished);
        },
        { timeout: 90_000, interval: 1_000 },
      )
      .toEqual([]);
    const { chunk } = await alice.createMessagesRequest(roomId, null, 100, Direction.Backward);
    const own = chunk.filter(({ sender, type }) => sender === sofia && type === "m.room.message");
    const originals = own.filter(({ content }) => !("m.new_content" in (content as object)));
    expect(originals).toHaveLength(1);
    const edits = own.filter(({ content }) => "m.new_content" in (content as object));
    expect(
      new Set(edits.map(({ content }) => (content as Record<string, unknown>)["org.microdao.send"])).size,
    ).toBe(edits.length);
    expect(edits.length).toBeLessThanOrEqual(20);
    expect(world.towardsSynapse.count(/\/send\/.*user_id=%40dao_sofia.*device_id=MICRODAO/)).toBeGreaterThan(
      edits.length,
    );
    expect(world.towardsSynapse.count(/\/messages\?.*user_id=%40dao_sofia/)).toBe(0);
    const messageId = originals[0]?.event_id ?? "";
    // Synapse replaces nothing in the event itself; clients apply the newest edit, which it bundles.
    const bundled = await alice.fetchRoomEvent(roomId, messageId);
    const newest = bundled.unsigned?.["m.relations"]?.["m.replace"] as { content?: Record<string, unknown> };
    expect((newest.content?.["m.new_content"] as { body?: string } | undefined)?.body).toBe(text);
    expect(text.endsWith(" 30")).toBe(true);
  });

  it("75, 76, 83: replies, threads, edits, mentions and files are the same for matrix-js-sdk and matrix-bot-sdk", async () => {
    const { database, alice, roomId, sofiaId } = world;
    const asked = await alice.sendMessage(roomId, { msgtype: "m.notice", body: "who is there?" } as never);
    const eventId = asked.event_id;
    await expect
      .poll(() => world.rows(`SELECT 1 FROM messages WHERE matrix_event_id = '${eventId}'`), {
        timeout: 30_000,
      })
      .toHaveLength(1);
    const reply = await world.post("I am, @alice:localhost", { replyTo: { eventId } });
    const inThread = await world.post("and here", { threadRoot: { eventId } });
    const homeserver = openHomeserver({ url: world.synapse.url, token: world.asToken, clock: systemClock });
    const uploads = uploadsTo({ database, homeserver, limitBytes: 1_000_000 });
    const bytes = Buffer.from("# Minutes\n\nAll agreed.\n");
    const file = await uploads.upload({
      body: Readable.from([bytes]),
      contentType: "text/markdown",
      length: undefined,
      asUser: sofia,
    });
    const attachment = { mxc: file.mxc, filename: "minutes.md" };
    const sent = await world.post("The minutes", { attachment });
    const edit = await world.work((tx) =>
      editMessage(tx, { messageId: reply, agentId: sofiaId, body: { text: "I was, @alice:localhost" } }),
    );
    for (const id of [reply, inThread, sent, edit.sendId])
      await expect.poll(() => world.state(id)).toBe("confirmed");
    const idOf = async (id: string) => (await findSend(database.db, id))?.eventId ?? "";
    const other = new MatrixClient(world.synapse.url, world.aliceToken);
    const views = async (id: string) => {
      const event = await idOf(id);
      const [theirs, ours] = [
        (await other.getEvent(roomId, event)) as { content: Record<string, unknown>; sender: string },
        (await alice.fetchRoomEvent(roomId, event)) as { content: Record<string, unknown>; sender: string },
      ];
      expect(theirs.content).toEqual(ours.content);
      expect(theirs.sender).toBe(sofia);
      return theirs.content;
    };
    expect(await views(reply)).toMatchObject({
      "m.relates_to": { "m.in_reply_to": { event_id: eventId } },
      "m.mentions": { user_ids: ["@alice:localhost"] },
    });
    expect(await views(inThread)).toMatchObject({
      "m.relates_to": { rel_type: "m.thread", event_id: eventId, is_falling_back: true },
    });
    expect(await views(edit.sendId)).toMatchObject({
      "m.mentions": {},
      "m.new_content": { body: "I was, @alice:localhost", "m.mentions": { user_ids: ["@alice:localhost"] } },
      "m.relates_to": { rel_type: "m.replace", event_id: await idOf(reply) },
    });
    expect(await views(sent)).toMatchObject({
      msgtype: "m.file",
      body: "The minutes",
      filename: "minutes.md",
      url: file.mxc,
      info: { mimetype: "text/markdown", size: bytes.length },
    });
    const path = `/_matrix/client/v1/media/download/${file.mxc.slice("mxc://".length)}`;
    const raw = (await other.doRequest("GET", path, null, null, 60_000, true)) as { body: Buffer };
    expect(raw.body.toString()).toBe(bytes.toString());
    const timeline = alice.getRoom(roomId);
    await expect
      .poll(async () => timeline?.findEventById(await idOf(reply))?.getContent()["body"] as string, {
        timeout: 30_000,
      })
      .toBe("I was, @alice:localhost");
    await expect.poll(() => timeline?.getThread(eventId)?.length ?? 0).toBe(1);
  });
});
