import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiCall, apiClient } from "../support/api-client.ts";
import { makeKey } from "../support/api-keys.ts";
import {
  membershipOf,
  openRealWorld,
  type Person,
  type RealWorld,
  realBot,
  realSofia,
  roomPath,
  say,
} from "../support/real-world.ts";

let world: RealWorld;
let alice: Person;
let bob: Person;
let operator: ApiCall;
let asAlice: ApiCall;
let asBob: ApiCall;

const kek = Buffer.alloc(32, 7);
const all = [
  "channel.read",
  "channel.create",
  "channel.manage",
  "member.manage",
  "microdao.read",
  "microdao.create",
  "microdao.manage",
];

beforeAll(async () => {
  world = await openRealWorld("@alice:localhost");
  [alice, bob] = [await world.person("alice"), await world.person("bob")];
  const key = (subject: { kind: "user" | "integration"; id: string }) =>
    makeKey(world.databaseUrl, kek, { subject, capabilities: all });
  operator = apiClient(world, await key({ kind: "integration", id: "tests" }));
  asAlice = apiClient(world, await key({ kind: "user", id: alice.id }));
  asBob = apiClient(world, await key({ kind: "user", id: bob.id }));
});
afterAll(() => world.close());

async function stateOf(
  reader: Person,
  roomId: string,
  type: string,
  key = "",
): Promise<Record<string, unknown>> {
  return reader.ask("GET", `${roomPath(roomId)}/state/${type}/${encodeURIComponent(key)}`);
}

async function channel(id: unknown): Promise<Record<string, unknown>> {
  return (await operator("GET", `/channels/${String(id)}`)).body;
}

async function untilDone(call: ApiCall, path: string, isDone: (body: Record<string, unknown>) => boolean) {
  let found: Record<string, unknown> = {};
  await world.until(`${path} is as it should be`, async () => {
    found = (await call("GET", path)).body;
    return isDone(found);
  });
  return found;
}

/** Creates a channel and waits until it is mirrored and everybody is invited. */
async function createChannel(body: object, call = operator): Promise<{ id: string; roomId: string }> {
  const made = await call("POST", "/channels", body);
  expect(made.status, JSON.stringify(made.body)).toBe(202);
  const id = String(made.body["id"]);
  const found = await untilDone(operator, `/channels/${id}`, ({ status }) => status === "active");
  await world.until("everybody is invited", async () => {
    const [row] = await world.rows(
      `SELECT state FROM matrix.new_rooms WHERE room_id = $1`,
      found["matrixRoomId"],
    );
    return row?.["state"] === "done";
  });
  return { id, roomId: String(found["matrixRoomId"]) };
}

async function microdaoSpace(body: object): Promise<{ externalId: string; spaceId: string }> {
  const made = await operator("POST", "/microdaos", body);
  expect(made.status, JSON.stringify(made.body)).toBe(202);
  const externalId = String(made.body["externalId"]);
  const found = await untilDone(operator, `/microdaos/${externalId}`, (it) => it["matrixSpaceId"] !== null);
  const spaceId = String(found["matrixSpaceId"]);
  await world.until("the owner is invited", async () => {
    const [row] = await world.rows(`SELECT state FROM matrix.new_rooms WHERE room_id = $1`, spaceId);
    return row?.["state"] === "done";
  });
  return { externalId, spaceId };
}

describe.each(["11", "12"])("a microDAO that is founded by the API, rooms of version %s", (roomVersion) => {
  let dao: { externalId: string; spaceId: string };
  let made: { id: string; roomId: string };

  it("110 and 117: has a space of its own, and its owner, who has the power there, is invited", async () => {
    dao = await microdaoSpace({ name: `Dao ${roomVersion}`, owner: alice.id, roomVersion });
    await alice.ask("POST", `${roomPath(dao.spaceId)}/join`, {});
    expect(await stateOf(alice, dao.spaceId, "m.room.create")).toMatchObject({
      type: "m.space",
      room_version: roomVersion,
    });
    expect(await stateOf(alice, dao.spaceId, "m.room.name")).toEqual({ name: `Dao ${roomVersion}` });
    const { users } = (await stateOf(alice, dao.spaceId, "m.room.power_levels")) as { users: object };
    expect(users).toEqual({ [alice.id]: 100, ...(roomVersion === "11" && { [realBot]: 100 }) });
    expect(await world.rows(`SELECT 1 FROM channels WHERE matrix_room_id = $1`, dao.spaceId)).toEqual([]);
  });

  it("110: a channel becomes a room in the space, with the members and powers of the microDAO", async () => {
    made = await createChannel({
      microdao: dao.externalId,
      name: "Summer plans",
      topic: "What to do",
      members: [bob.id, "agent:sofia"],
      roomVersion,
    });
    await bob.ask("POST", `${roomPath(made.roomId)}/join`, {});
    expect(await stateOf(bob, made.roomId, "m.room.create")).toMatchObject({ room_version: roomVersion });
    const { users } = (await stateOf(bob, made.roomId, "m.room.power_levels")) as { users: object };
    expect(users).toEqual({ [alice.id]: 100, ...(roomVersion === "11" && { [realBot]: 100 }) });
    expect(await stateOf(bob, made.roomId, "m.space.parent", dao.spaceId)).toEqual({
      via: ["localhost"],
      canonical: true,
    });
    expect(await stateOf(alice, dao.spaceId, "m.space.child", made.roomId)).toEqual({ via: ["localhost"] });
    expect(await stateOf(bob, made.roomId, "m.room.join_rules")).toEqual({
      join_rule: "restricted",
      allow: [{ type: "m.room_membership", room_id: dao.spaceId }],
    });
    // She is in the space, so nobody has to invite her.
    await alice.ask("POST", `${roomPath(made.roomId)}/join`, {});
    expect(await channel(made.id)).toMatchObject({
      slug: "summer-plans",
      name: "Summer plans",
      topic: "What to do",
      visibility: "microdao",
      status: "active",
      problem: null,
      roomVersion,
      microdao: { externalId: dao.externalId },
    });
    await world.until(
      "Sofia has come",
      async () => (await membershipOf(bob, made.roomId, realSofia)) === "join",
    );
  });

  it("is mirrored like any other, and told of once", async () => {
    const said = await say(bob, made.roomId, "hello there");
    await world.until("it is mirrored", async () => {
      const found = await world.rows(`SELECT 1 FROM messages WHERE matrix_event_id = $1`, said);
      return found.length === 1;
    });
    const told = await world.rows(
      `SELECT topic FROM outbox_events WHERE topic = 'channel.created' AND payload #>> '{payload,channel_id}' = $1`,
      made.id,
    );
    expect(told).toHaveLength(1);
    const { body } = await operator("GET", `/channels/${made.id}/members`);
    const roles = (body["items"] as { matrixId: string; role: string }[]).map((it) => [it.matrixId, it.role]);
    expect(Object.fromEntries(roles)).toMatchObject({
      [alice.id]: "owner",
      [bob.id]: "member",
      [realSofia]: "agent",
    });
  });
});

describe.each(["11", "12"])("a channel whose room has version %s", (roomVersion) => {
  let made: { id: string; roomId: string };
  const ids = new Map<string, string>();
  const setRole = (call: ApiCall, who: string, role: string) =>
    call("PATCH", `/channels/${made.id}/members/${ids.get(who) ?? ""}`, { role });
  const roleOf = async (who: string) => {
    const { body } = await operator("GET", `/channels/${made.id}/members`);
    return (body["items"] as { matrixId: string; role: string }[]).find((it) => it.matrixId === who)?.role;
  };
  const levels = async () =>
    (await stateOf(alice, made.roomId, "m.room.power_levels")) as { users: Record<string, number> };

  it("is renamed and opened by the API, once, and the mirror says what the room says", async () => {
    made = await createChannel({
      microdao: "microdao:1",
      name: `Changing ${roomVersion}`,
      visibility: "private",
      members: [alice.id, bob.id, "agent:sofia"],
      roomVersion,
    });
    for (const who of [alice, bob]) await who.ask("POST", `${roomPath(made.roomId)}/join`, {});
    const asked = await operator("PATCH", `/channels/${made.id}`, {
      name: "Changed",
      topic: "Other things",
      visibility: "public",
    });
    expect(asked.status, JSON.stringify(asked.body)).toBe(202);
    const isSo = (it: Record<string, unknown>) => it["name"] === "Changed" && it["visibility"] === "public";
    const shown = await untilDone(operator, `/channels/${made.id}`, isSo);
    expect(shown).toMatchObject({ topic: "Other things", joinRule: "public" });
    await operator("PATCH", `/channels/${made.id}`, { name: "Changed" });
    await operator("PATCH", `/channels/${made.id}`, { topic: "Last" });
    await untilDone(operator, `/channels/${made.id}`, ({ topic }) => topic === "Last");
    const named = await world.rows(
      `SELECT 1 FROM matrix.state_events WHERE room_id = $1 AND type = 'm.room.name'`,
      made.roomId,
    );
    expect(named).toHaveLength(2);
  });

  it("cannot be opened to a space that the microDAO does not have", async () => {
    const { status, body } = await operator("PATCH", `/channels/${made.id}`, { visibility: "microdao" });
    expect([status, body["code"]]).toEqual([409, "microdao_has_no_space"]);
  });

  it("72 and 110: a role becomes a power level and comes back as the role; creators stay out of the levels", async () => {
    await world.until("both are members", async () => (await roleOf(bob.id)) !== undefined);
    const { body } = await operator("GET", `/channels/${made.id}/members`);
    for (const { matrixId, id } of body["items"] as { matrixId: string; id: string }[]) ids.set(matrixId, id);
    for (const [role, level] of [
      ["admin", 50],
      ["owner", 100],
    ] as const) {
      // Before version 12 the bot cannot take back what it gave to somebody who has as much as itself.
      const { status } = await setRole(operator, bob.id, role);
      expect(status).toBe(202);
      await world.until(`bob is ${role}`, async () => (await roleOf(bob.id)) === role);
      expect((await levels()).users[bob.id]).toBe(level);
    }
    expect(Object.hasOwn((await levels()).users, realBot)).toBe(roomVersion === "11");
    const back = await setRole(operator, bob.id, "member");
    if (roomVersion === "12") {
      await world.until("bob is a member", async () => (await roleOf(bob.id)) === "member");
      expect(Object.hasOwn((await levels()).users, bob.id)).toBe(false);
    } else {
      expect([back.status, back.body["code"]]).toEqual([409, "bot_lacks_power"]);
      expect(back.body["detail"]).toContain("takes power level 101");
    }
  });

  it("72: what was changed in Matrix is the role here, and people give no more than they have", async () => {
    const { users, ...rest } = await levels();
    const changed = { ...rest, users: { ...users, [bob.id]: 50 } };
    // Alice has what the room's maker gave her.
    const mayChange = roomVersion === "12" || users[bob.id] !== 100;
    if (mayChange) {
      await alice.ask("PUT", `${roomPath(made.roomId)}/state/m.room.power_levels`, changed);
      await world.until("bob is an admin", async () => (await roleOf(bob.id)) === "admin");
      await world.rows(
        `INSERT INTO microdao_members (id, microdao_id, user_id, role)
         SELECT gen_random_uuid(), m.id, u.id, 'admin' FROM microdaos m, users u
          WHERE m.external_id = 'microdao:1' AND u.matrix_id = $1 ON CONFLICT DO NOTHING`,
        bob.id,
      );
      const refused = await setRole(asBob, bob.id, "owner");
      expect([refused.status, refused.body["code"]]).toEqual([403, "role_too_high"]);
      await world.rows(`DELETE FROM microdao_members WHERE role = 'admin'`);
    }
    const nobody = await operator("PATCH", `/channels/${made.id}/members/u_00000000000000000000000000`, {
      role: "admin",
    });
    expect([nobody.status, nobody.body["code"]]).toEqual([404, "member_not_found"]);
  });

  it("archived, it is closed in Matrix, kept here, and opened again by inviting the bot", async () => {
    const said = await say(bob, made.roomId, "before it was archived");
    const isKept = async () =>
      (await world.rows(`SELECT 1 FROM messages WHERE matrix_event_id = $1`, said)).length === 1;
    await world.until("it is mirrored", isKept);
    const asked = await operator("POST", `/channels/${made.id}/archive`);
    expect([asked.status, asked.body["status"]]).toEqual([202, "archived"]);
    expect((await operator("POST", `/channels/${made.id}/archive`)).status).toBe(202);
    for (const who of [realBot, realSofia]) {
      await world.until(
        `${who} has left`,
        async () => (await membershipOf(alice, made.roomId, who)) === "leave",
      );
    }
    expect((await levels()) as object).toMatchObject({ events_default: 50 });
    expect(await isKept()).toBe(true);
    expect((await operator("PATCH", `/channels/${made.id}`, { name: "No" })).body["code"]).toBe(
      "channel_not_linked",
    );
    await alice.ask("POST", `${roomPath(made.roomId)}/invite`, { user_id: realBot });
    await untilDone(operator, `/channels/${made.id}`, ({ status }) => status === "active");
  });
});

describe("creating a channel", () => {
  it("asked for ten times at once with one key makes one channel and one room", async () => {
    const body = { microdao: "microdao:1", name: "At once", visibility: "private" };
    const asked = Array.from({ length: 10 }, () =>
      operator("POST", "/channels", body, { "Idempotency-Key": "once-only" }),
    );
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map((answer) => answer.body["id"])).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get("idempotency-replayed") === "true")).toHaveLength(9);
    const id = String(answers[0]?.body["id"]);
    await untilDone(operator, `/channels/${id}`, ({ status }) => status === "active");
    expect(await world.rows(`SELECT 1 FROM channels WHERE slug LIKE 'at-once%'`)).toHaveLength(1);
    const other = await operator(
      "POST",
      "/channels",
      { ...body, name: "Other" },
      { "Idempotency-Key": "once-only" },
    );
    expect([other.status, other.body["code"]]).toEqual([422, "idempotency_key_reused"]);
  });

  it("the bridge may be killed while it makes rooms: none is doubled and none is lost", async () => {
    const names = Array.from({ length: 6 }, (_, index) => `Killed ${index}`);
    const ids: string[] = [];
    for (const name of names) {
      const { body } = await operator("POST", "/channels", {
        microdao: "microdao:1",
        name,
        members: [bob.id],
      });
      ids.push(String(body["id"]));
    }
    for (const moment of ["tried_at IS NOT NULL", "state = 'made'", "state = 'done'"]) {
      const isNow = `SELECT 1 FROM matrix.new_rooms n JOIN channels c ON c.id = n.id
                      WHERE c.slug LIKE 'killed-%' AND ${moment}`;
      await world.until(
        `there is a room with ${moment}`,
        async () => (await world.rows(isNow)).length > 0,
        60,
      );
      await world.bridge.kill();
      // As if the leases of the dead had run out.
      await world.rows(
        `UPDATE matrix.new_rooms SET leased_until = NULL, tried_at = tried_at - interval '1 minute'`,
      );
      world.bridge = await world.installed.start();
    }
    await world.until(
      "all are there",
      async () =>
        (
          await world.rows(`SELECT 1 FROM matrix.new_rooms n JOIN channels c ON c.id = n.id
                            WHERE c.slug LIKE 'killed-%' AND n.state = 'done' AND c.status = 'active'`)
        ).length === names.length,
      60,
    );
    const { joined_rooms } = (await (
      await fetch(
        `${world.synapse.url}/_matrix/client/v3/joined_rooms?user_id=${encodeURIComponent(realBot)}`,
        {
          headers: { authorization: `Bearer ${world.installed.asToken}` },
        },
      )
    ).json()) as { joined_rooms: string[] };
    const rooms = await world.rows<{ id: string }>(`SELECT matrix_room_id AS id FROM channels`);
    const spaces = await world.rows<{ id: string }>(
      `SELECT matrix_space_id AS id FROM microdaos WHERE matrix_space_id IS NOT NULL`,
    );
    expect(joined_rooms.toSorted()).toEqual([...rooms, ...spaces].map(({ id }) => id).toSorted());
  });

  it("a room that the homeserver will not make is said to have failed, with its words", async () => {
    const { body } = await operator("POST", "/channels", {
      microdao: "microdao:1",
      name: "No such version",
      roomVersion: "99",
    });
    const found = await untilDone(
      operator,
      `/channels/${String(body["id"])}`,
      ({ status }) => status === "failed",
    );
    expect(found["problem"]).toContain("M_UNSUPPORTED_ROOM_VERSION");
  });

  it("is refused to those who may not, and to those who name what is not there", async () => {
    const body = { microdao: "microdao:1", name: "Mine" };
    const refusals = await Promise.all([
      asBob("POST", "/channels", body),
      operator("POST", "/channels", { ...body, microdao: "microdao:999" }),
      operator("POST", "/channels", { ...body, members: ["agent:nobody"] }),
      operator("POST", "/channels", { ...body, slug: "Not A Slug" }),
      operator("POST", "/channels", { ...body, members: ["bob"] }),
      operator("POST", "/channels", { ...body, slug: "at-once" }),
    ]);
    expect(refusals.map((it) => [it.status, it.body["code"]])).toEqual([
      [422, "microdao_not_found"],
      [422, "microdao_not_found"],
      [422, "agent_not_found"],
      [422, "request_invalid"],
      [422, "request_invalid"],
      [409, "slug_taken"],
    ]);
  });

  it("its creator sees it from the beginning, and is invited", async () => {
    const { body } = await asAlice("POST", "/channels", {
      microdao: "microdao:1",
      name: "Hers alone",
      visibility: "private",
    });
    expect(body["status"]).toBe("creating");
    await untilDone(operator, `/channels/${String(body["id"])}`, ({ status }) => status === "active");
    const { matrixRoomId } = await channel(body["id"]);
    await world.until("she is invited", async () => {
      const { status } = await alice.try("POST", `${roomPath(String(matrixRoomId))}/join`, {});
      return status === 200;
    });
    await untilDone(asAlice, `/channels/${String(body["id"])}`, ({ status }) => status === "active");
  });
});

describe("founding a microDAO", () => {
  it("it is renamed with its space, by its owner and by nobody else", async () => {
    const { externalId, spaceId } = await microdaoSpace({ name: "Old name", owner: alice.id });
    await alice.ask("POST", `${roomPath(spaceId)}/join`, {});
    expect((await asBob("PATCH", `/microdaos/${externalId}`, { name: "No" })).body["code"]).toBe(
      "microdao_not_found",
    );
    const renamed = await asAlice("PATCH", `/microdaos/${externalId}`, { name: "New name" });
    expect([renamed.status, renamed.body["name"]]).toEqual([200, "New name"]);
    await world.until("the space is called so", async () => {
      return (await stateOf(alice, spaceId, "m.room.name"))["name"] === "New name";
    });
  });

  it("a person founds it for themselves, a program says for whom, an agent's key founds none", async () => {
    const own = await asBob("POST", "/microdaos", { name: "Bob's" });
    expect(own.status).toBe(202);
    expect(own.body).toMatchObject({ name: "Bob's", owner: { matrixId: bob.id }, problem: null });
    const mine = (await asBob("GET", "/microdaos")).body["items"] as { name: string }[];
    expect(mine.map(({ name }) => name)).toEqual(["Bob's"]);
    expect((await asBob("GET", "/microdaos/microdao:1")).body["code"]).toBe("microdao_not_found");
    const others = await Promise.all([
      asBob("POST", "/microdaos", { name: "Hers", owner: alice.id }),
      operator("POST", "/microdaos", { name: "Nobody's" }),
    ]);
    expect(others.map((it) => [it.status, it.body["code"]])).toEqual([
      [422, "owner_required"],
      [422, "owner_required"],
    ]);
  });

  it("twice with one key is once", async () => {
    const ask = () =>
      operator("POST", "/microdaos", { name: "Once", owner: alice.id }, { "Idempotency-Key": "dao-once" });
    const [first, second] = [await ask(), await ask()];
    expect(second.body["id"]).toBe(first.body["id"]);
    expect(await world.rows(`SELECT 1 FROM microdaos WHERE name = 'Once'`)).toHaveLength(1);
  });
});
