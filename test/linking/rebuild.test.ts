import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { handleBackfill } from "../../src/matrix/backfill/backfill-room.ts";
import { handleLinkRoom } from "../../src/matrix/linking/link-room.ts";
import { rebuildRoom, rebuildWouldLose } from "../../src/matrix/reconcile/rebuild-room.ts";
import { snapshot } from "../mirror/snapshot.ts";
import { plantRun } from "../support/run-traces.ts";
import { tablesWith } from "../support/tables-with.ts";
import { killedAfter } from "./mortal.ts";
import { alice, bob, bot, openWorld, type World } from "./world.ts";

const roomId = "!rebuilt:test";
let world: World;
let whole: Record<string, string[]>;
let told: unknown[];
/** Events of messages in the room. */
const said: string[] = [];

beforeAll(async () => {
  world = await openWorld();
  const { rooms, deps } = world;
  rooms.create({ roomId, creator: alice, name: "Rebuilt" });
  rooms.setMember(roomId, bob, "join");
  for (let index = 0; index < 520; index += 1) said.push(rooms.say(roomId, bob, `message ${index}`).event_id);
  const target = said[3] ?? "";
  const send = (type: string, content: Record<string, unknown>, sender = bob) =>
    rooms.send({ room_id: roomId, type, sender, content }).event_id;
  send("m.room.message", {
    msgtype: "m.text",
    body: "* edited",
    "m.new_content": { msgtype: "m.text", body: "edited" },
    "m.relates_to": { rel_type: "m.replace", event_id: target },
  });
  send("m.reaction", { "m.relates_to": { rel_type: "m.annotation", event_id: target, key: "👍" } }, alice);
  send("m.room.redaction", { redacts: said[5] });
  rooms.setMember(roomId, bob, "leave");
  rooms.setMember(roomId, bob, "join");
  rooms.setMember(roomId, bot, "invite", alice);
  await world.push();
  await handleLinkRoom(deps, { roomId, inviter: alice });
  await world.push();
  await handleBackfill(deps, { roomId });
  whole = await snapshot(world.database);
  told = await outbox();
});
afterAll(() => world.close());

/** The homeserver has no event that is in no page. */
const event = () => Promise.resolve(undefined);

function deps() {
  return { ...world.deps, homeserver: { ...world.deps.homeserver, event } };
}

const outbox = () => world.rows("SELECT id, topic, payload FROM outbox_events ORDER BY id");

/** Somebody damages rows by hand. */
async function damage(): Promise<void> {
  await world.rows(
    `UPDATE messages SET content_preview = 'damaged', edited_at = NULL WHERE matrix_event_id = ANY($1::text[])`,
    said.slice(0, 50).filter((id) => id !== said[5]),
  );
  await world.rows("DELETE FROM messages WHERE matrix_event_id = $1", said[400]);
  await world.rows("DELETE FROM matrix.reactions");
  await world.rows("UPDATE channel_members SET membership = 'ban', display_name = 'damaged'");
}

describe("rebuilding a room", () => {
  it("gives identical tables, whatever was done to the rows, and tells nobody", async () => {
    expect(await rebuildRoom(deps(), roomId, { force: false })).toMatchObject({ lost: 0 });
    expect(await snapshot(world.database)).toEqual(whole);
    await damage();
    expect(await snapshot(world.database)).not.toEqual(whole);
    expect(await rebuildRoom(deps(), roomId, { force: false })).toMatchObject({ lost: 0 });
    expect(await snapshot(world.database)).toEqual(whole);
    expect(await outbox()).toEqual(told);
  });

  it("refuses to drop what the homeserver has no longer, unless forced", async () => {
    await world.rows(
      `INSERT INTO messages (id, channel_id, matrix_event_id, sender_user_id, sender_type, kind, content_preview)
       SELECT gen_random_uuid(), m.channel_id, '$purged', m.sender_user_id, 'human', 'text', 'purged'
         FROM messages m WHERE m.matrix_event_id = $1`,
      said[0],
    );
    const refusal: unknown = await rebuildRoom(deps(), roomId, { force: false }).catch(
      (error: unknown) => error,
    );
    expect(rebuildWouldLose.is(refusal) && refusal.details).toEqual({ room: roomId, lost: 1 });
    expect(
      await world.rows("SELECT content_preview FROM messages WHERE matrix_event_id = '$purged'"),
    ).toEqual([{ content_preview: "purged" }]);
    expect(await rebuildRoom(deps(), roomId, { force: true })).toMatchObject({ lost: 1 });
    expect(await snapshot(world.database)).toEqual(whole);
  });

  it("killed at any step leaves whole rows and goes on", async () => {
    let kills = 0;
    for (let step = 1; ; step += 3) {
      await damage();
      const mortal = killedAfter(world.deps, step).deps;
      const alive = await rebuildRoom({ ...mortal, homeserver: { ...mortal.homeserver, event } }, roomId, {
        force: false,
      }).then(
        () => true,
        () => false,
      );
      expect(await world.rows("SELECT count(*)::int AS n FROM messages")).toEqual([
        { n: expect.toSatisfy((n: number) => n >= said.length - 1) as number },
      ]);
      if (!alive) await rebuildRoom(deps(), roomId, { force: false });
      expect(await snapshot(world.database), `killed at step ${step}`).toEqual(whole);
      if (alive) break;
      kills += 1;
    }
    expect(kills).toBeGreaterThan(3);
  });

  it("takes what agents remember because of a message that was deleted without anybody saying so", async () => {
    const { rooms, database } = world;
    const eventId = said[7] ?? "";
    const [place] = await world.rows<{ channelId: string; agentId: string }>(
      `SELECT m.channel_id::text AS "channelId", (SELECT id::text FROM agents LIMIT 1) AS "agentId"
         FROM messages m WHERE m.matrix_event_id = $1`,
      eventId,
    );
    if (place === undefined) throw new TypeError("the message is not there");
    await plantRun(database, { ...place, words: "numbat", key: eventId, eventId });
    rooms.send({ room_id: roomId, type: "m.room.redaction", sender: bob, content: { redacts: eventId } });
    world.forgetPushes();
    expect(await rebuildRoom(deps(), roomId, { force: false })).toMatchObject({ lost: 0 });
    expect(await tablesWith(database, "numbat")).toEqual([]);
  });
});
