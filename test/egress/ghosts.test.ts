import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { transact } from "../../src/db/index.ts";
import { registerAgent } from "../../src/domain/governance/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { silentLog } from "../../src/kernel/log.ts";
import {
  bridgeIdentityChanged,
  ensureBridge,
  type Ghosts,
  ghostOutsideNamespace,
  ghostParked,
  ghostTaken,
  keepGhosts,
  openGhosts,
} from "../../src/matrix/ghosts/index.ts";
import { homeserverAway, openHomeserver } from "../../src/matrix/homeserver/index.ts";
import { type OpenTestDatabase, openTestDatabase } from "./egress-database.ts";
import { type EgressWorld, identity, openEgressWorld } from "./egress-world.ts";

let test: OpenTestDatabase;
let world: EgressWorld;
let ghosts: Ghosts;

beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  world = await openEgressWorld(test.database);
  const { database } = test;
  const homeserver = openHomeserver({
    url: world.fake.url,
    token: "t",
    clock: database.clock,
    timeoutMs: 60_000,
  });
  ghosts = openGhosts({ database, homeserver, identity, log: silentLog });
});
afterEach(() => world.close());

async function newAgent(code: string): Promise<string> {
  const agent = await transact(test.database, bridgeActor, (tx) =>
    registerAgent(tx, {
      code,
      name: code,
      kind: "assistant",
      blueprint: { code: "assistant", model: "echo" },
    }),
  );
  return agent.id;
}

function asked(path: RegExp): number {
  return world.fake.requests.filter((request) => path.test(request.path)).length;
}

function ghostRow(agentId: string) {
  return world.sql(`SELECT * FROM matrix.ghosts WHERE agent_id = $1::uuid`, agentId).then(([row]) => row);
}

describe("the users of agents", () => {
  it("51 and 59: a new agent gets a user and a name, once", async () => {
    const sofia = await newAgent("sofia");
    expect(await ghosts.ensure(sofia)).toBe("@dao_sofia:test");
    const before = world.fake.requests.length;
    expect(await ghosts.ensure(sofia)).toBe("@dao_sofia:test");
    expect(world.fake.requests).toHaveLength(before);
    expect(world.fake.users.has("@dao_sofia:test")).toBe(true);
    expect(await ghostRow(sofia)).toMatchObject({
      display_name: "sofia",
      registered_at: expect.any(Date) as Date,
    });
    expect(await world.sql(`SELECT matrix_id FROM agents WHERE id = $1::uuid`, sofia)).toEqual([
      { matrix_id: "@dao_sofia:test" },
    ]);
  });

  it("55: an agent's user gets one device, also when the homeserver was away or the agent is older than this", async () => {
    world.fake.makeDevices();
    const sofia = await newAgent("sofia");
    world.fake.fail({ method: "PUT", path: /devices/ }, { kind: "html", status: 502 });
    await expect(ghosts.ensure(sofia)).rejects.toSatisfy(homeserverAway.is);
    expect(await ghostRow(sofia)).toMatchObject({ device_id: null, device_since: null });
    await ghosts.reconcile();
    expect(await ghostRow(sofia)).toMatchObject({
      device_id: "MICRODAO",
      device_since: expect.any(Date) as Date,
    });
    const before = asked(/devices/);
    await ghosts.ensure(sofia);
    await ghosts.reconcile();
    expect(asked(/devices/)).toBe(before);
  });

  it("55: a homeserver that makes no devices is asked once by a process, and agents have users all the same", async () => {
    for (const code of ["sofia", "mira"]) await ghosts.ensure(await newAgent(code));
    const before = asked(/devices/);
    await ghosts.reconcile();
    await ghosts.ensure(await newAgent("liam"));
    expect(asked(/devices/)).toBe(before);
    expect(await world.sql(`SELECT count(*)::int AS n FROM matrix.ghosts WHERE device_id IS NULL`)).toEqual([
      { n: 4 },
    ]);
  });

  it("59: a change of the name or the picture is one write of it", async () => {
    const sofia = await newAgent("sofia");
    await ghosts.ensure(sofia);
    const before = asked(/\/profile\//);
    await world.sql(
      `UPDATE agents SET name = 'Sofia', avatar_url = 'mxc://test/a' WHERE id = $1::uuid`,
      sofia,
    );
    expect(await ghosts.reconcile()).toBe(false);
    expect(await ghosts.reconcile()).toBe(false);
    expect(asked(/\/profile\//)).toBe(before + 2);
    expect(await ghostRow(sofia)).toMatchObject({ display_name: "Sofia", avatar_url: "mxc://test/a" });
    await world.sql(`UPDATE agents SET avatar_url = NULL WHERE id = $1::uuid`, sofia);
    await ghosts.reconcile();
    await ghosts.reconcile();
    expect(asked(/\/profile\//)).toBe(before + 3);
    expect(world.fake.requests.at(-1)).toMatchObject({ method: "PUT", body: { avatar_url: "" } });
  });

  it("52 and 57: a person's account is not taken over, and whoever waits for the agent is told why", async () => {
    const mira = await newAgent("mira");
    const place = await world.addChannel("general");
    await world.sql(`UPDATE agents SET matrix_id = '@dao_mira:test' WHERE id = $1::uuid`, mira);
    const inUse = { kind: "refused", status: 400, errcode: "M_USER_IN_USE" } as const;
    world.fake.fail({ path: /register/ }, inUse, inUse, inUse);
    world.fake.makeDevices();
    world.fake.addDevice("@dao_mira:test", "HERPHONE");
    await expect(ghosts.ensure(mira)).rejects.toSatisfy(ghostTaken.is);
    expect(await ghostRow(mira)).toMatchObject({ registered_at: null });
    const sendId = await world.post(place, mira, "hello");
    await world.deliver();
    expect(await world.send(sendId)).toMatchObject({ state: "failed", lastErrorCode: "ghost_taken" });
    world.fake.loseDevices();
    world.fake.addDevice("@dao_mira:test", "MICRODAO");
    expect(await ghosts.ensure(mira)).toBe("@dao_mira:test");
  });

  it("52: a user that is there already is taken, and one outside of the namespaces is a fault of the configuration", async () => {
    const sofia = await newAgent("sofia");
    world.fake.fail({ path: /register/ }, { kind: "refused", status: 400, errcode: "M_USER_IN_USE" });
    expect(await ghosts.ensure(sofia)).toBe("@dao_sofia:test");

    const mira = await newAgent("mira");
    world.fake.fail({ path: /register/ }, { kind: "refused", status: 400, errcode: "M_EXCLUSIVE" });
    await expect(ghosts.ensure(mira)).rejects.toSatisfy(ghostOutsideNamespace.is);
    world.fake.fail({ path: /register/ }, { kind: "refused", status: 400, errcode: "M_EXCLUSIVE" });
    await ghosts.reconcile();
    const before = asked(/register/);
    await ghosts.reconcile();
    expect(asked(/register/)).toBe(before);
  });

  it("a revoked agent's user leaves its rooms, also when the homeserver was away in between", async () => {
    const sofia = await newAgent("sofia");
    const userId = await ghosts.ensure(sofia);
    const rooms = ["!a:test", "!b:test", "!c:test"];
    for (const roomId of rooms) world.fake.addRoom(roomId, identity.botUserId, userId);
    await world.sql(`UPDATE agents SET status = 'revoked' WHERE id = $1::uuid`, sofia);
    world.fake.fail({ path: /b%3Atest.leave/ }, { kind: "html", status: 502 });
    world.fake.fail({ path: /c%3Atest.leave/ }, { kind: "refused", status: 403, errcode: "M_FORBIDDEN" });
    expect(await ghosts.reconcile()).toBe(true);
    expect(await ghostRow(sofia)).toMatchObject({ retired_at: null });
    expect(await ghosts.reconcile()).toBe(false);
    expect(world.fake.membership("!a:test", userId)).toBe("leave");
    expect(world.fake.membership("!b:test", userId)).toBe("leave");
    expect(await ghostRow(sofia)).toMatchObject({ retired_at: expect.any(Date) as Date });
    const before = asked(/leave/);
    expect(await ghosts.reconcile()).toBe(false);
    expect(asked(/leave/)).toBe(before);
    await expect(newAgent("sofia")).rejects.toMatchObject({ code: "agent_exists" });
  });

  it("58: a user that is out of action is put aside and left alone", async () => {
    for (const [number, errcode] of ["M_USER_DEACTIVATED", "M_USER_LOCKED", "M_USER_SUSPENDED"].entries()) {
      const agent = await newAgent(`a${number}`);
      world.fake.fail({ path: /profile/ }, { kind: "refused", status: 403, errcode });
      await expect(ghosts.ensure(agent)).rejects.toSatisfy(ghostParked.is);
      expect(await ghostRow(agent)).toMatchObject({ parked_reason: errcode });
      const before = world.fake.requests.length;
      await expect(ghosts.ensure(agent)).rejects.toSatisfy(ghostParked.is);
      await ghosts.reconcile();
      expect(world.fake.requests).toHaveLength(before);
    }
  });

  it("43: a user is wanted when an active agent stands behind it, and then it exists", async () => {
    await newAgent("sofia");
    expect(await ghosts.isWanted("@dao_sofia:test")).toBe(true);
    expect(world.fake.users.has("@dao_sofia:test")).toBe(true);
    expect(await ghosts.isWanted(identity.botUserId)).toBe(true);
    for (const userId of ["@dao_nobody:test", "@dao_bridge:test", "@dao_Sofia:test", "@dao_sofia:other"]) {
      expect(await ghosts.isWanted(userId), userId).toBe(false);
    }
    await world.sql(`UPDATE agents SET status = 'suspended' WHERE external_id = 'agent:sofia'`);
    expect(await ghosts.isWanted("@dao_sofia:test")).toBe(false);
  });

  it("45: many who ask at once make one registration", async () => {
    await newAgent("sofia");
    const before = asked(/register/);
    await Promise.all(Array.from({ length: 10 }, () => ghosts.isWanted("@dao_sofia:test")));
    expect(asked(/register/)).toBe(before + 1);
  });

  it("a homeserver that asks about a user it has forgotten gets it again", async () => {
    await newAgent("sofia");
    await ghosts.isWanted("@dao_sofia:test");
    const before = asked(/register/);
    expect(await ghosts.isWanted("@dao_sofia:test")).toBe(true);
    expect(asked(/register/)).toBe(before + 1);
  });

  it("10: while the homeserver is away the agent waits, and gets its user when it is back", async () => {
    const sofia = await newAgent("sofia");
    world.fake.fail({ path: /register/ }, { kind: "dropped" }, { kind: "html", status: 503 });
    await expect(ghosts.ensure(sofia)).rejects.toSatisfy(homeserverAway.is);
    expect(await ghosts.reconcile()).toBe(true);
    expect(await ghosts.reconcile()).toBe(false);
    expect(await ghostRow(sofia)).toMatchObject({ registered_at: expect.any(Date) as Date });
  });

  it("the keeper looks after new agents", async () => {
    const keeper = keepGhosts(ghosts, silentLog);
    const sofia = await newAgent("sofia");
    keeper.wake();
    await expect.poll(async () => (await ghostRow(sofia))?.["registered_at"]).toBeInstanceOf(Date);
    await keeper.stop();
  });

  it("the keeper looks when it is woken and by itself, and after it was stopped no more", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const reconcile = vi.fn(() => Promise.resolve(false));
      const keeper = keepGhosts({ reconcile }, silentLog);
      await vi.advanceTimersByTimeAsync(1);
      expect(reconcile).toHaveBeenCalledTimes(1);
      keeper.wake();
      expect(reconcile).toHaveBeenCalledTimes(2);
      await vi.advanceTimersByTimeAsync(2_500);
      expect(reconcile.mock.calls.length).toBeGreaterThan(2);
      await keeper.stop();
      reconcile.mockClear();
      keeper.wake();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(reconcile).not.toHaveBeenCalled();
    } finally {
      vi.useRealTimers();
    }
  });

  it("3: a database that belongs to another identity is refused, and every difference is named", async () => {
    expect(await ensureBridge(test.database, identity)).toBe(await ensureBridge(test.database, identity));
    const other = {
      ...identity,
      appserviceId: "other",
      serverName: "elsewhere",
      botUserId: "@bot:elsewhere",
    };
    const error: unknown = await ensureBridge(test.database, other).catch((thrown: unknown) => thrown);
    if (!bridgeIdentityChanged.is(error)) throw new TypeError(String(error));
    expect(error.details.differences.map(({ what }) => what)).toEqual([
      "APPSERVICE_ID",
      "the bot",
      "MATRIX_SERVER_NAME",
    ]);
    expect(error.message).toContain("the database has microdao, the configuration other");
  });

  it("the bot is the agent agent:bridge", async () => {
    const [bot] = await world.sql(
      `SELECT kind, matrix_id, status FROM agents WHERE external_id = 'agent:bridge'`,
    );
    expect(bot).toEqual({ kind: "system", matrix_id: identity.botUserId, status: "active" });
    expect(world.fake.users.has(identity.botUserId)).toBe(true);
  });
});
