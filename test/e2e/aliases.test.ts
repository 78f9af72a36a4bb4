import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BridgeProcess } from "../support/bridge-process.ts";
import {
  mirroredRoom,
  openRealWorld,
  type Person,
  type RealWorld,
  realBot,
  roomPath,
  say,
  untilRead,
} from "../support/real-world.ts";

let world: RealWorld;
let alice: Person;
let bob: Person;
/** Another process at the same database; it serves the same homeserver's questions when it is asked. */
let second: BridgeProcess;
let secondUrl: string;

beforeAll(async () => {
  world = await openRealWorld("@alice:localhost");
  [alice, bob] = [await world.person("alice"), await world.person("bob")];
  ({ bridge: second, url: secondUrl } = await world.startSecond());
});
afterAll(() => world.close());

const directory = (alias: string) => `/directory/room/${encodeURIComponent(alias)}`;
const allow = (allowed: boolean) => world.rows(`UPDATE microdaos SET alias_channels = $1`, allowed);

/** As the homeserver asks; gives the status. */
async function query(url: string, alias: string): Promise<number> {
  const reply = await fetch(`${url}/_matrix/app/v1/rooms/${encodeURIComponent(alias)}`, {
    headers: { authorization: `Bearer ${world.installed.hsToken}` },
  });
  await reply.arrayBuffer();
  return reply.status;
}

async function channelsCalled(slug: string) {
  return world.rows<{ id: string; matrix_room_id: string; status: string }>(
    `SELECT c.id, c.matrix_room_id, r.status FROM channels c JOIN matrix.rooms r ON r.room_id = c.matrix_room_id
      WHERE c.slug = $1`,
    slug,
  );
}

describe("an alias of a channel, at a real homeserver", () => {
  it("44: names the room of a channel that people may enter, from the first question on", async () => {
    const roomId = await mirroredRoom(world, alice, { name: "Open plans", preset: "public_chat" });
    const { body } = await bob.try("GET", directory("#dao_1_open-plans:localhost"));
    expect(body).toMatchObject({ room_id: roomId });
    const joined = await bob.ask("POST", `/join/${encodeURIComponent("#dao_1_open-plans:localhost")}`, {});
    expect(joined).toEqual({ room_id: roomId });
  });

  it("44: of a closed channel, of none and of another microDAO is not there, and makes nothing", async () => {
    await mirroredRoom(world, alice, { name: "Closed plans", preset: "private_chat" });
    const before = await world.rows(`SELECT count(*) FROM channels`);
    for (const name of ["1_closed-plans", "1_nothing", "99_open-plans", "1_Open-plans", "open-plans"]) {
      expect(await bob.try("GET", directory(`#dao_${name}:localhost`)), name).toMatchObject({
        status: 404,
        body: { errcode: "M_NOT_FOUND" },
      });
    }
    expect(await world.rows(`SELECT count(*) FROM channels`)).toEqual(before);
  });

  it("44, 47 and 110: makes the channel and its room where the microDAO allows it; its owner has the creator's powers", async () => {
    await allow(true);
    const { room_id } = await bob.ask(
      "POST",
      `/join/${encodeURIComponent("#dao_1_new-plans:localhost")}`,
      {},
    );
    await untilRead(world, room_id as string);
    const said = await say(bob, room_id as string, "first");
    await world.until("it is mirrored", async () => {
      const found = await world.rows(
        `SELECT 1 FROM messages m JOIN channels c ON c.id = m.channel_id
          WHERE m.matrix_event_id = $1 AND c.slug = 'new-plans' AND c.name = 'new-plans'`,
        said,
      );
      return found.length === 1;
    });
    const alias = await alice.try("GET", directory("#dao_1_new-plans:localhost"));
    expect(alias.body).toMatchObject({ room_id });
    await alice.ask("POST", `${roomPath(room_id as string)}/join`, {});
    await alice.ask("PUT", `${roomPath(room_id as string)}/state/m.room.topic`, { topic: "hers" });
    await alice.ask("POST", `${roomPath(room_id as string)}/kick`, { user_id: bob.id });
    await allow(false);
  });

  it("45: asked for at once and of two processes makes one room and one channel", async () => {
    await allow(true);
    const alias = "#dao_1_at-once:localhost";
    const urls = [world.installed.url, secondUrl];
    const asked = Array.from({ length: 8 }, (_, index) => query(urls[index % 2] ?? "", alias));
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 8 }, () => 200));
    await world.until(
      "the room is linked",
      async () => (await channelsCalled("at-once"))[0]?.status === "joined",
    );
    const [channel] = await channelsCalled("at-once");
    const { body } = await bob.try("GET", directory(alias));
    expect(body["room_id"]).toBe(channel?.matrix_room_id);
    expect(await channelsCalled("at-once-2")).toEqual([]);
    await allow(false);
  });

  it("44: a bridge that was killed between the room and the channel makes the channel when it is back", async () => {
    await allow(true);
    const alias = "#dao_1_half-done:localhost";
    await second.kill();
    // The room is there, as if the process had died before it could write the channel down.
    const made = await fetch(
      `${world.synapse.url}/_matrix/client/v3/createRoom?user_id=${encodeURIComponent(realBot)}`,
      {
        method: "POST",
        headers: { authorization: `Bearer ${world.installed.asToken}` },
        body: JSON.stringify({ room_alias_name: "dao_1_half-done", preset: "public_chat" }),
      },
    );
    const { room_id } = (await made.json()) as { room_id: string };
    expect(await query(world.installed.url, alias)).toBe(200);
    await world.until(
      "it is linked",
      async () => (await channelsCalled("half-done"))[0]?.matrix_room_id === room_id,
    );
    await allow(false);
  });
});
