import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeId } from "../../src/kernel/ids.ts";
import { type ApiCall, apiClient } from "../support/api-client.ts";
import { makeKey } from "../support/api-keys.ts";
import {
  createRoom,
  inviteTo,
  mirroredRoom,
  openRealWorld,
  type Person,
  type RealWorld,
  realBot,
  roomPath,
  say,
} from "../support/real-world.ts";

let world: RealWorld;
let alice: Person;
let bob: Person;
let operator: ApiCall;
let asAlice: ApiCall;
/** The same key at another process of the bridge. */
let elsewhere: ApiCall;

/** People who are invited and never come. */
const crowd = Array.from({ length: 6 }, (_, nth) => `@crowd${nth}:localhost`);
const capabilities = ["channel.read", "channel.create", "member.manage", "microdao.read", "microdao.create"];

beforeAll(async () => {
  world = await openRealWorld("@alice:localhost");
  [alice, bob] = [await world.person("alice"), await world.person("bob")];
  const kek = Buffer.alloc(32, 7);
  const ofTests = { kind: "integration", id: "tests" } as const;
  const key = await makeKey(world.databaseUrl, kek, { subject: ofTests, capabilities });
  operator = apiClient(world, key);
  const hers = { kind: "user", id: alice.id } as const;
  asAlice = apiClient(world, await makeKey(world.databaseUrl, kek, { subject: hers, capabilities }));
  const { url } = await world.startSecond();
  elsewhere = apiClient({ installed: { url } }, key);
});
afterAll(() => world.close());

type Levels = { readonly users: Record<string, number> };

/** As a client of somebody in the room sees it. */
async function levelsIn(roomId: string, reader = alice): Promise<Levels> {
  return (await reader.ask("GET", `${roomPath(roomId)}/state/m.room.power_levels/`)) as unknown as Levels;
}

/** How often the room's power levels were set, by whomever. */
async function countLevels(roomId: string): Promise<number> {
  const filter = encodeURIComponent(JSON.stringify({ types: ["m.room.power_levels"] }));
  const page = await alice.ask("GET", `${roomPath(roomId)}/messages?dir=b&limit=100&filter=${filter}`);
  return (page["chunk"] as object[]).length;
}

/** Nobody has anything left to do, and what was done is mirrored. */
async function untilQuiet(): Promise<void> {
  await world.until("no power level is to be changed", async () => {
    const open = await world.rows(
      `SELECT 1 FROM pgboss.job WHERE name = 'matrix.give-powers' AND state IN ('created', 'active', 'retry')
        UNION ALL SELECT 1 FROM matrix.wanted_powers WHERE lacking IS NULL`,
    );
    return open.length === 0;
  });
}

async function foundMicrodao(name: string, roomVersion: string) {
  const { body } = await operator("POST", "/microdaos", { name, owner: alice.id, roomVersion });
  const path = `/microdaos/${String(body["externalId"])}`;
  let spaceId: string | null = null;
  await world.until("the space is there", async () => {
    spaceId = (await operator("GET", path)).body["matrixSpaceId"] as string | null;
    return spaceId !== null && (await alice.try("POST", `${roomPath(spaceId)}/join`, {})).status === 200;
  });
  return { path, spaceId: String(spaceId), microdao: String(body["externalId"]) };
}

async function createChannel(microdao: string, roomVersion: string) {
  const members = [alice.id, bob.id, ...crowd];
  const wanted = { microdao, name: "Plans", members, visibility: "private", roomVersion };
  const { body } = await operator("POST", "/channels", wanted);
  const path = `/channels/${String(body["id"])}`;
  let roomId = "";
  await world.until("everybody is invited", async () => {
    roomId = String((await operator("GET", path)).body["matrixRoomId"]);
    const [row] = await world.rows(`SELECT state FROM matrix.new_rooms WHERE room_id = $1`, roomId);
    return row?.["state"] === "done";
  });
  for (const who of [alice, bob]) await who.ask("POST", `${roomPath(roomId)}/join`, {});
  return { path, roomId };
}

type Member = { readonly id: string; readonly matrixId: string; readonly role: string };

async function membersOf(path: string): Promise<Member[]> {
  return (await operator("GET", `${path}/members?limit=100`)).body["items"] as Member[];
}

/** The id of somebody, once the mirror knows of them in this room. */
async function memberId(roomId: string, matrixId: string): Promise<string> {
  let found: string | undefined;
  await world.until(`${matrixId} is known`, async () => {
    const [row] = await world.rows<{ id: string }>(
      `SELECT u.id::text AS id FROM channel_members m JOIN users u ON u.id = m.member_user_id
         JOIN channels c ON c.id = m.channel_id WHERE c.matrix_room_id = $1 AND u.matrix_id = $2`,
      roomId,
      matrixId,
    );
    found = row?.id;
    return found !== undefined;
  });
  return encodeId("u", found ?? "");
}

async function untilRole(path: string, matrixId: string, role: string): Promise<void> {
  await world.until(`${matrixId} is ${role}`, async () =>
    (await membersOf(path)).some((member) => member.matrixId === matrixId && member.role === role),
  );
}

describe.each(["11", "12"])("roles in a channel whose room is of version %s", (roomVersion) => {
  let channel: { path: string; roomId: string };

  beforeAll(async () => {
    const { microdao } = await foundMicrodao(`Channels ${roomVersion}`, roomVersion);
    channel = await createChannel(microdao, roomVersion);
    await untilRole(channel.path, bob.id, "member");
  });

  it("72 and 110: member, admin and member again is two events, and the mirror's own news of them is none more", async () => {
    const bobs = `${channel.path}/members/${await memberId(channel.roomId, bob.id)}`;
    const before = await countLevels(channel.roomId);
    const { users } = await levelsIn(channel.roomId, bob);
    for (const role of ["admin", "admin", "member", "member"] as const) {
      expect((await operator("PATCH", bobs, { role })).status).toBe(202);
      await untilRole(channel.path, bob.id, role);
      await untilQuiet();
      expect((await levelsIn(channel.roomId, bob)).users).toEqual({
        ...users,
        ...(role === "admin" && { [bob.id]: 50 }),
      });
    }
    expect(Object.hasOwn(users, realBot)).toBe(roomVersion === "11");
    const said = await say(bob, channel.roomId, "after all that");
    await world.until("it is mirrored", async () => {
      return (await world.rows(`SELECT 1 FROM messages WHERE matrix_event_id = $1`, said)).length === 1;
    });
    await untilQuiet();
    expect(await countLevels(channel.roomId)).toBe(before + 2);
  });

  it("72: of roles that are given to many at once by two processes none is lost, and of two for one the later counts", async () => {
    const members: string[] = [];
    for (const matrixId of crowd) members.push(await memberId(channel.roomId, matrixId));
    const give = (role: string, id: string, nth: number) =>
      (nth % 2 === 0 ? operator : elsewhere)("PATCH", `${channel.path}/members/${id}`, { role });
    const given = await Promise.all(members.map((member, nth) => give("admin", member, nth)));
    expect(new Set(given.map(({ status }) => status))).toEqual(new Set([202]));
    for (const [nth, member] of members.slice(0, 3).entries()) {
      expect((await give("member", member, nth + 1)).status).toBe(202);
    }
    await untilQuiet();
    const { users } = await levelsIn(channel.roomId);
    expect(crowd.map((matrixId) => users[matrixId])).toEqual([
      ...Array<undefined>(3).fill(undefined),
      ...Array<number>(3).fill(50),
    ]);
  });

  it("72 and 110: in a room of others the bridge gives what it holds, says what it lacks and sends nothing", async () => {
    const roomId = await mirroredRoom(world, alice, { name: "Hers", room_version: roomVersion });
    await inviteTo(alice, roomId, bob.id);
    await bob.ask("POST", `${roomPath(roomId)}/join`, {});
    const [row] = await world.rows(`SELECT id FROM channels WHERE matrix_room_id = $1`, roomId);
    const { body: page } = await operator("GET", "/channels?limit=100");
    expect(row).toBeDefined();
    const listed = (page["items"] as { id: string; matrixRoomId: string }[]).find(
      (item) => item.matrixRoomId === roomId,
    );
    const path = `/channels/${listed?.id ?? ""}`;
    const bobs = `${path}/members/${await memberId(roomId, bob.id)}`;
    const before = await countLevels(roomId);
    const refused = await operator("PATCH", bobs, { role: "admin" });
    expect([refused.status, refused.body["code"]]).toEqual([409, "bot_lacks_power"]);
    expect(refused.body["detail"]).toMatch(/power level (50|100)/);
    const { users, ...rest } = (await levelsIn(roomId)) as Levels & { events: object };
    await alice.ask("PUT", `${roomPath(roomId)}/state/m.room.power_levels/`, {
      ...rest,
      events: { ...rest.events, "m.room.power_levels": 50 },
      users: { ...users, [realBot]: 50 },
    });
    await world.until("the bridge knows of its power", async () => {
      return (await operator("PATCH", bobs, { role: "admin" })).status === 202;
    });
    await untilRole(path, bob.id, "admin");
    const more = await operator("PATCH", bobs, { role: "owner" });
    expect([more.status, more.body["code"]]).toEqual([409, "bot_lacks_power"]);
    expect(more.body["detail"]).toContain("100");
    const hers = `${path}/members/${await memberId(roomId, alice.id)}`;
    const down = await operator("PATCH", hers, { role: "member" });
    expect([down.status, down.body["code"]]).toEqual([
      409,
      roomVersion === "12" ? "creator_power_fixed" : "bot_lacks_power",
    ]);
    await untilQuiet();
    expect(await countLevels(roomId)).toBe(before + 2);
  });
});

describe.each(["11", "12"])("roles in a microDAO whose space is of version %s", (roomVersion) => {
  it("72 and 110: are power in the space, for those who are not in it, too, and what is so already sends nothing", async () => {
    const { path, spaceId } = await foundMicrodao(`Space ${roomVersion}`, roomVersion);
    const bobs = `${path}/members/${bob.id}`;
    const { users } = await levelsIn(spaceId);
    const before = await countLevels(spaceId);
    for (const [role, level] of [
      ["admin", 50],
      ["admin", 50],
      ["member", undefined],
      ["owner", 100],
    ] as const) {
      const given = await asAlice("PUT", bobs, { role });
      expect(given.body).toMatchObject({ role, space: given.body["before"] !== role });
      await untilQuiet();
      expect((await levelsIn(spaceId)).users).toEqual({ ...users, ...(level && { [bob.id]: level }) });
    }
    expect((await asAlice("DELETE", bobs)).body).toMatchObject({ role: null, before: "owner", space: true });
    await untilQuiet();
    const { problem } = (await operator("GET", path)).body;
    if (roomVersion === "12") {
      // The bot made the space, and stands above all levels there.
      expect((await levelsIn(spaceId)).users).toEqual(users);
      expect(problem).toBeNull();
    } else {
      expect((await levelsIn(spaceId)).users[bob.id]).toBe(100);
      expect(problem).toContain(`cannot change that of ${bob.id}`);
    }
    expect(await countLevels(spaceId)).toBe(before + (roomVersion === "12" ? 4 : 3));
  });
});

describe("roles in a microDAO whose space is somebody else's", () => {
  it("72: wait until the bridge holds what it lacks, which it says; power in the space gives no role", async () => {
    const isSpace = { creation_content: { type: "m.space" }, room_version: "11" };
    const spaceId = await createRoom(alice, { ...isSpace, name: "Commons", preset: "public_chat" });
    await inviteTo(alice, spaceId, realBot);
    const dao = async () => (await operator("GET", "/microdaos/microdao:1")).body;
    await world.until("it is the microDAO's", async () => (await dao())["matrixSpaceId"] === spaceId);
    const before = await countLevels(spaceId);
    const given = await operator("PUT", `/microdaos/microdao:1/members/${bob.id}`, { role: "admin" });
    expect(given.body).toMatchObject({ role: "admin", space: true });
    await world.until("it is said what is lacking", async () => {
      return String((await dao())["problem"]).includes("to change power levels it needs 100");
    });
    expect((await dao())["problem"]).toContain(bob.id);
    expect(await countLevels(spaceId)).toBe(before);
    const { users, ...rest } = await levelsIn(spaceId);
    const [other = ""] = crowd;
    const changed = { ...users, [realBot]: 100, [other]: 100 };
    const put = { ...rest, users: changed };
    await alice.ask("PUT", `${roomPath(spaceId)}/state/m.room.power_levels/`, put);
    await world.until("nothing is lacking", async () => (await dao())["problem"] === null);
    await untilQuiet();
    expect((await levelsIn(spaceId)).users).toEqual({ ...changed, [bob.id]: 50 });
    expect(await countLevels(spaceId)).toBe(before + 2);
    const { items } = (await operator("GET", "/microdaos/microdao:1/members")).body as { items: Member[] };
    expect(items.map(({ matrixId, role }) => [matrixId, role])).toEqual(
      expect.arrayContaining([
        [alice.id, "owner"],
        [bob.id, "admin"],
      ]),
    );
    expect(items.filter(({ matrixId }) => matrixId === other)).toEqual([]);
  });
});
