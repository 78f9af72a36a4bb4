import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
} from "../support/real-world.ts";

let world: RealWorld;
let alice: Person;
let bob: Person;
let operator: ApiCall;
let asBob: ApiCall;
let spaceId: string;

beforeAll(async () => {
  world = await openRealWorld("@alice:localhost");
  [alice, bob] = [await world.person("alice"), await world.person("bob")];
  const capabilities = ["channel.read", "channel.manage", "microdao.read"];
  const kek = Buffer.alloc(32, 7);
  const key = (kind: "user" | "integration", id: string) =>
    makeKey(world.databaseUrl, kek, { subject: { kind, id }, capabilities });
  operator = apiClient(world, await key("integration", "tests"));
  asBob = apiClient(world, await key("user", bob.id));
});
afterAll(() => world.close());

interface Item {
  readonly roomId: string;
  readonly parentId: string;
  readonly depth: number;
  readonly kind: string;
  readonly channelId: string | null;
  readonly suggested: boolean;
  readonly waiting: string | null;
}

async function hierarchy(call: ApiCall = operator): Promise<Item[]> {
  const { status, body } = await call("GET", "/microdaos/microdao:1/hierarchy");
  expect(status, JSON.stringify(body)).toBe(200);
  return body["items"] as Item[];
}

const kindOf = async (roomId: string) => (await hierarchy()).find((item) => item.roomId === roomId)?.kind;

function put(who: Person, parentId: string, roomId: string, content: object = { via: ["localhost"] }) {
  return who.ask("PUT", `${roomPath(parentId)}/state/m.space.child/${encodeURIComponent(roomId)}`, content);
}

async function visibilityOf(roomId: string): Promise<unknown> {
  return (await world.rows(`SELECT visibility FROM channels WHERE matrix_room_id = $1`, roomId))[0]?.[
    "visibility"
  ];
}

async function roleOf(who: Person): Promise<unknown> {
  const [row] = await world.rows(
    `SELECT mm.role FROM microdao_members mm JOIN users u ON u.id = mm.user_id
       JOIN microdaos m ON m.id = mm.microdao_id WHERE u.matrix_id = $1 AND m.external_id = 'microdao:1'`,
    who.id,
  );
  return row?.["role"];
}

const isSpace = { creation_content: { type: "m.space" } };

describe("a space that becomes a microDAO's", () => {
  let restricted: string;

  it("opens to the microDAO the channels whose rooms were restricted to it before", async () => {
    spaceId = await createRoom(alice, { ...isSpace, name: "Commons", preset: "public_chat" });
    restricted = await mirroredRoom(world, alice, {
      name: "Restricted",
      initial_state: [
        {
          type: "m.room.join_rules",
          state_key: "",
          content: { join_rule: "restricted", allow: [{ type: "m.room_membership", room_id: spaceId }] },
        },
      ],
    });
    expect(await visibilityOf(restricted)).toBe("private");
    await inviteTo(alice, spaceId, realBot);
    await world.until(
      "it is open to the microDAO",
      async () => (await visibilityOf(restricted)) === "microdao",
    );
    expect((await operator("GET", "/microdaos/microdao:1")).body["matrixSpaceId"]).toBe(spaceId);
  });

  it("makes members of those who join it, and of nobody who has left", async () => {
    expect(await roleOf(bob)).toBeUndefined();
    await bob.ask("POST", `${roomPath(spaceId)}/join`, {});
    await world.until("bob is a member", async () => (await roleOf(bob)) === "member");
    await bob.ask("POST", `${roomPath(spaceId)}/leave`, {});
    await world.until("bob is none", async () => (await roleOf(bob)) === undefined);
    await bob.ask("POST", `${roomPath(spaceId)}/join`, {});
    await world.until("bob is a member again", async () => (await roleOf(bob)) === "member");
    expect(await roleOf(alice)).toBe("owner");
  });

  it("116: rooms that are put into it become channels where the bot may join, and wait where it may not", async () => {
    const open = await createRoom(alice, { name: "Open", preset: "public_chat" });
    const closed = await createRoom(bob, { name: "Closed", preset: "private_chat" });
    const unserved = await createRoom(alice, { name: "Unserved", preset: "public_chat" });
    await put(alice, spaceId, open);
    await put(alice, spaceId, closed);
    await put(alice, spaceId, unserved, { suggested: true });
    await world.until("the open one is a channel", async () => (await kindOf(open)) === "channel");
    const waits = async () => (await hierarchy()).find((item) => item.roomId === closed)?.waiting;
    await world.until("the other is told to wait", async () => (await waits()) != null);
    expect(await waits()).toContain("invite the bot");
    expect(await kindOf(closed)).toBe("waiting");
    expect(await kindOf(unserved)).toBeUndefined();
    const [channel] = await world.rows(
      `SELECT m.external_id, c.status FROM channels c JOIN microdaos m ON m.id = c.microdao_id
        WHERE c.matrix_room_id = $1`,
      open,
    );
    expect(channel).toEqual({ external_id: "microdao:1", status: "active" });
    expect(await world.rows(`SELECT 1 FROM channels WHERE matrix_room_id = $1`, closed)).toEqual([]);
    await inviteTo(bob, closed, realBot);
    await world.until("it is one now", async () => (await kindOf(closed)) === "channel");
    expect((await hierarchy()).find((item) => item.roomId === closed)?.waiting).toBeNull();
  });

  it("116: a room that is taken out is not in it any more, and stays a channel", async () => {
    const leaving = await createRoom(alice, { name: "Leaving", preset: "public_chat" });
    await put(alice, spaceId, leaving);
    await world.until("it is a channel", async () => (await kindOf(leaving)) === "channel");
    await put(alice, spaceId, leaving, {});
    await world.until("it is out", async () => (await kindOf(leaving)) === undefined);
    expect(await world.rows(`SELECT 1 FROM channels WHERE matrix_room_id = $1`, leaving)).toHaveLength(1);
  });

  it("116: is shown in its order, and nobody is shown what they may not see", async () => {
    const secret = await createRoom(alice, { name: "Secret", invite: [realBot] });
    await put(alice, spaceId, secret, { via: ["localhost"], order: "a", suggested: true });
    await put(alice, spaceId, restricted, { via: ["localhost"], order: "b" });
    await world.until("both are channels", async () => {
      return (await kindOf(secret)) === "channel" && (await kindOf(restricted)) === "channel";
    });
    const items = await hierarchy();
    expect(items.slice(0, 2).map((item) => [item.roomId, item.suggested])).toEqual([
      [secret, true],
      [restricted, false],
    ]);
    const forBob = await hierarchy(asBob);
    expect(forBob.map(({ roomId }) => roomId)).toEqual(
      items.filter(({ roomId }) => roomId !== secret).map(({ roomId }) => roomId),
    );
  });

  it("116: spaces within it are followed, a circle ends, and what lies too deep is not there", async () => {
    let parent = spaceId;
    const spaces: string[] = [];
    for (let depth = 1; depth <= 6; depth += 1) {
      const inner = await createRoom(alice, { ...isSpace, name: `Level ${depth}`, preset: "public_chat" });
      await put(alice, parent, inner);
      spaces.push(inner);
      parent = inner;
    }
    const [second = "", sixth = ""] = [spaces[1], spaces[5]];
    const inner = await createRoom(alice, { name: "Inner", preset: "public_chat" });
    const tooDeep = await createRoom(alice, { name: "Too deep", preset: "public_chat" });
    await put(alice, second, inner);
    await put(alice, second, spaceId);
    await put(alice, sixth, tooDeep);
    await world.until("the inner one is a channel", async () => (await kindOf(inner)) === "channel");
    const item = (await hierarchy()).find(({ roomId }) => roomId === inner);
    expect(item).toMatchObject({ parentId: second, depth: 3 });
    expect((await hierarchy()).filter(({ roomId }) => roomId === spaceId)).toEqual([]);
    expect(await world.rows(`SELECT 1 FROM channels WHERE matrix_room_id = $1`, tooDeep)).toEqual([]);
  });
});
