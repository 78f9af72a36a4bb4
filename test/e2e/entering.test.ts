import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeId } from "../../src/kernel/ids.ts";
import type { BridgeProcess } from "../support/bridge-process.ts";
import {
  type Api,
  inviteTo,
  membershipOf,
  mirroredRoom,
  openRealWorld,
  type Person,
  type RealWorld,
  realBot,
  realSofia,
  roomPath,
  say,
  untilRead,
  upgradeRoom,
} from "../support/real-world.ts";

let world: RealWorld;
let alice: Person;
let bob: Person;
/** Another process at the same database; it serves the same homeserver's questions when it is asked. */
let second: BridgeProcess;
let secondUrl: string;
let asAlice: Api;
let asSofia: Api;

beforeAll(async () => {
  world = await openRealWorld("@alice:localhost");
  [alice, bob] = [await world.person("alice"), await world.person("bob")];
  asAlice = await world.key("--user", alice.id, "--cap", "channel.read", "member.manage");
  asSofia = await world.key("--agent", "agent:sofia");
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

/** The channel that has this room: its id as the API has it, and as the database has it. */
async function channelOf(roomId: string): Promise<{ id: string; uuid: string }> {
  const [row] = await world.rows<{ id: string }>(
    `SELECT channel_id AS id FROM matrix.rooms WHERE room_id = $1`,
    roomId,
  );
  return { id: encodeId("c", row?.id ?? ""), uuid: row?.id ?? "" };
}

const untilMember = (roomId: string, userId: string, membership: string) =>
  world.until(`${userId} is ${membership} in the room`, async () => {
    const [row] = await world.rows(
      `SELECT membership FROM matrix.member_events WHERE room_id = $1 AND user_id = $2
        ORDER BY origin_server_ts DESC, event_id COLLATE "C" DESC LIMIT 1`,
      roomId,
      userId,
    );
    return row?.["membership"] === membership;
  });

describe("people who knock at a real room", () => {
  const knockRoom = (bot: number) => ({
    name: "Ask first",
    room_version: "11",
    power_level_content_override: { users: { [alice.id]: 100, [realBot]: bot }, invite: 50 },
    initial_state: [{ type: "m.room.join_rules", state_key: "", content: { join_rule: "knock" } }],
  });
  const knock = (who: Person, roomId: string) =>
    who.ask("POST", `/knock/${encodeURIComponent(roomId)}`, { reason: "please" });

  it("107: are shown, let in and turned away by those who manage members", async () => {
    const carol = await world.person("carol");
    const roomId = await mirroredRoom(world, alice, knockRoom(50));
    const { id, uuid } = await channelOf(roomId);
    for (const who of [bob, carol]) await knock(who, roomId);
    for (const who of [bob, carol]) await untilMember(roomId, who.id, "knock");
    const { body } = await asAlice("GET", `/channels/${id}/members?membership=knock`);
    const items = body["items"] as { id: string; matrixId: string }[];
    const ids = Object.fromEntries(items.map((item) => [item.matrixId, item.id]));
    expect(Object.keys(ids).sort()).toEqual([bob.id, carol.id]);
    const told = await world.rows(
      `SELECT 1 FROM outbox_events WHERE topic = 'member.knocked' AND payload -> 'payload' ->> 'channel_id' = $1`,
      id,
    );
    expect(told).toHaveLength(2);

    const members = `/channels/${id}/members`;
    expect(await asAlice("POST", `${members}/${ids[bob.id]}/accept`)).toEqual({
      status: 202,
      body: { matrixId: bob.id, answer: "accept" },
    });
    expect((await asAlice("POST", `${members}/${ids[carol.id]}/deny`)).status).toBe(202);
    await untilMember(roomId, bob.id, "invite");
    await untilMember(roomId, carol.id, "leave");
    expect(await membershipOf(alice, roomId, carol.id)).toBe("leave");
    await bob.ask("POST", `/join/${encodeURIComponent(roomId)}`, {});
    const audited = await world.rows(
      `SELECT action FROM audit_log WHERE data ->> 'channel_id' = $1 ORDER BY action`,
      id,
    );
    expect(audited).toEqual([{ action: "member.knock_accepted" }, { action: "member.knock_denied" }]);

    expect(await asAlice("POST", `${members}/${ids[carol.id]}/accept`)).toMatchObject({
      status: 404,
      body: { code: "knock_not_found" },
    });
    expect(await asAlice("POST", `${members}/u_nonsense/deny`)).toMatchObject({ status: 404 });
    expect(await asSofia("POST", `${members}/${ids[carol.id]}/accept`)).toMatchObject({
      status: 403,
      body: { code: "key_lacks_capability" },
    });
    expect(
      await world.rows(`SELECT 1 FROM messages WHERE channel_id = $1 AND sender_type = 'human'`, uuid),
    ).toEqual([]);
  });

  it("107: are not promised what the bot has no power for", async () => {
    const roomId = await mirroredRoom(world, alice, knockRoom(0));
    const { id } = await channelOf(roomId);
    await knock(bob, roomId);
    await untilMember(roomId, bob.id, "knock");
    const { body } = await asAlice("GET", `/channels/${id}/members?membership=knock`);
    const [item] = body["items"] as { id: string }[];
    for (const [answer, what] of Object.entries({ accept: "invite", deny: "remove people" })) {
      expect(await asAlice("POST", `/channels/${id}/members/${item?.id}/${answer}`)).toMatchObject({
        status: 409,
        body: { code: "bot_lacks_power", detail: expect.stringContaining(`may not ${what}`) as string },
      });
    }
  });
});

describe("an agent that somebody wants out of a real room", () => {
  const post = (id: string, text: string) => asSofia("POST", `/channels/${id}/messages`, { text });
  async function deliveryOf(messageId: unknown, state: string): Promise<Record<string, unknown>> {
    let delivery: Record<string, unknown> = {};
    await world.until(`the message is ${state}`, async () => {
      const { body } = await asSofia("GET", `/messages/${messageId as string}`);
      delivery = body["delivery"] as Record<string, unknown>;
      return delivery["state"] === state;
    });
    return delivery;
  }

  it("103: does not come back by itself, its messages fail and say why, also after an upgrade", async () => {
    const roomId = await mirroredRoom(world, alice, {
      name: "Out",
      preset: "public_chat",
      room_version: "11",
    });
    const { id } = await channelOf(roomId);
    await inviteTo(alice, roomId, realSofia);
    await untilMember(roomId, realSofia, "join");
    await alice.ask("POST", `${roomPath(roomId)}/kick`, { user_id: realSofia });
    await untilMember(roomId, realSofia, "leave");
    const kicked = await post(id, "am I here?");
    expect(await deliveryOf(kicked.body["id"], "failed")).toMatchObject({
      error: { code: "M_FORBIDDEN", detail: "the agent was removed from the room" },
    });
    const next = await upgradeRoom(alice, roomId, "12");
    await untilRead(world, next);
    const again = await post(id, "and here?");
    expect(await deliveryOf(again.body["id"], "failed")).toMatchObject({
      error: { detail: "the agent was removed or banned from the room that this one replaces" },
    });
    expect(await membershipOf(alice, next, realSofia)).toBeUndefined();
    await alice.ask("POST", `${roomPath(next)}/ban`, { user_id: realSofia });
    await untilMember(next, realSofia, "ban");
    expect(await post(id, "banned")).toMatchObject({ status: 404 });
    await alice.ask("POST", `${roomPath(next)}/unban`, { user_id: realSofia });
    await inviteTo(alice, next, realSofia);
    await untilMember(next, realSofia, "join");
    await deliveryOf((await post(id, "back by invitation")).body["id"], "confirmed");
  });

  it("104: a room that nobody of the bridge is left in is marked, and unmarked when the bot is back", async () => {
    const roomId = await mirroredRoom(world, alice, { name: "Empty", preset: "public_chat" });
    await inviteTo(alice, roomId, realSofia);
    await untilMember(roomId, realSofia, "join");
    const roomRow = async () =>
      (await world.rows(`SELECT status, detached_at FROM matrix.rooms WHERE room_id = $1`, roomId))[0];
    await alice.ask("POST", `${roomPath(roomId)}/kick`, { user_id: realBot });
    await untilMember(roomId, realBot, "leave");
    expect(await roomRow()).toEqual({ status: "left", detached_at: null });
    await alice.ask("POST", `${roomPath(roomId)}/kick`, { user_id: realSofia });
    await untilMember(roomId, realSofia, "leave");
    expect((await roomRow())?.["detached_at"]).toBeInstanceOf(Date);
    expect(await membershipOf(alice, roomId, realBot)).toBe("leave");
    await inviteTo(alice, roomId, realBot);
    await world.until("the bot is back", async () => (await roomRow())?.["status"] === "joined");
    expect(await roomRow()).toEqual({ status: "joined", detached_at: null });
  });
});

describe("a real mirrored room", () => {
  it("138: in which encryption is turned on gets nothing in the clear any more, from nobody", async () => {
    const roomId = await mirroredRoom(world, alice, { name: "Secret soon", preset: "public_chat" });
    const { id, uuid } = await channelOf(roomId);
    await alice.ask("PUT", `${roomPath(roomId)}/state/m.room.encryption`, {
      algorithm: "m.megolm.v1.aes-sha2",
    });
    await world.until("it is known", async () => {
      const [row] = await world.rows(`SELECT encrypted FROM channels WHERE id = $1`, uuid);
      return row?.["encrypted"] === true;
    });
    expect(await asSofia("POST", `/channels/${id}/messages`, { text: "in the clear" })).toMatchObject({
      status: 409,
      body: { code: "channel_encrypted" },
    });
    expect((await asAlice("GET", `/channels/${id}`)).body).toMatchObject({ encrypted: true });
  });

  it("115: that has replaced another is unlinked with it, and the bot leaves and forgets both", async () => {
    const old = await mirroredRoom(world, alice, {
      name: "Farewell",
      preset: "public_chat",
      room_version: "11",
    });
    const next = await upgradeRoom(alice, old, "12");
    await untilRead(world, next);
    await say(alice, next, "!dao unlink");
    for (const roomId of [old, next]) {
      await world.until(
        "the bot has left",
        async () => (await membershipOf(alice, roomId, realBot)) === "leave",
      );
      await world.until("the room is forgotten", async () => {
        const reply = await fetch(
          `${world.synapse.url}/_matrix/client/v3${roomPath(roomId)}/messages?dir=b&user_id=${encodeURIComponent(realBot)}`,
          { headers: { authorization: `Bearer ${world.installed.asToken}` } },
        );
        await reply.arrayBuffer();
        return reply.status === 403;
      });
    }
    expect(
      await world.rows(`SELECT DISTINCT status, mirrored FROM matrix.rooms WHERE room_id = ANY($1)`, [
        old,
        next,
      ]),
    ).toEqual([{ status: "unlinked", mirrored: false }]);
  });

  it("102 and 117: of a type that nobody knows is never entered, and is no channel", async () => {
    const { room_id } = await alice.ask("POST", "/createRoom", {
      name: "Board",
      creation_content: { type: "org.example.board" },
    });
    await inviteTo(alice, room_id as string, realBot);
    await world.until(
      "the bot left",
      async () => (await membershipOf(alice, room_id as string, realBot)) === "leave",
    );
    expect(await world.rows(`SELECT 1 FROM channels WHERE matrix_room_id = $1`, room_id)).toEqual([]);
    const { chunk } = await alice.ask("GET", `${roomPath(room_id as string)}/messages?dir=b&limit=50`);
    const entered = (chunk as { state_key?: string; content: { membership?: string } }[]).filter(
      ({ state_key, content }) => state_key === realBot && content.membership === "join",
    );
    expect(entered).toEqual([]);
    expect(await world.rows(`SELECT 1 FROM microdaos WHERE matrix_space_id = $1`, room_id)).toEqual([]);
  });
});
