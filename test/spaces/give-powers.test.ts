import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Database, transact } from "../../src/db/index.ts";
import { type GivePowersPayload, giveMicrodaoRole, givePowersJob } from "../../src/domain/messaging/index.ts";
import { ensureUserByMatrixId, findMicrodao, setMicrodaoSpace } from "../../src/domain/tenancy/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { type Homeserver, homeserverAway, homeserverRefused } from "../../src/matrix/homeserver/index.ts";
import { handleGivePowers } from "../../src/matrix/spaces/give-powers.ts";
import { resumePowers } from "../../src/matrix/spaces/resume-powers.ts";
import { bob, bot, openWorld, type World } from "../linking/world.ts";
import { dyingAt } from "../support/dying-at.ts";

const carol = "@carol:test";
const spaceId = "!space:test";
let world: World;
let microdaoId: string;

beforeAll(async () => {
  world = await openWorld();
  await world.rows(
    `INSERT INTO matrix.rooms (room_id, status, mirrored) VALUES ($1, 'joined', false)`,
    spaceId,
  );
  microdaoId = (await findMicrodao(world.database.db, "microdao:1"))?.id ?? "";
  await transact(world.database, bridgeActor, (tx) => setMicrodaoSpace(tx, microdaoId, spaceId));
});
afterAll(() => world.close());

/** As much of a homeserver as power levels take. */
class Space {
  users: Record<string, number> = { [bot]: 100 };
  sent = 0;
  /** What the next requests to set the levels meet, and whether they were done all the same. */
  readonly troubles: { readonly error: Error; readonly done: boolean }[] = [];
  /** Called when somebody looks at the levels. */
  onLook: () => Promise<void> = () => Promise.resolve();

  readonly verbs = {
    stateEvent: async ({ type }: { type: string }) => {
      if (type === "m.room.create") return { sender: bot, content: { room_version: "11" } };
      const content = { users: { ...this.users } };
      await this.onLook();
      return { sender: bot, content };
    },
    sendState: ({ content }: { content: object }) => {
      const trouble = this.troubles.shift();
      if (trouble?.done !== false) {
        this.sent += 1;
        ({ users: this.users } = content as { users: Record<string, number> });
      }
      return trouble === undefined ? Promise.resolve("$levels") : Promise.reject(trouble.error);
    },
  };
}

let space: Space;
beforeEach(async () => {
  space = new Space();
  for (const userId of [bob, carol]) await give(userId, "guest");
  await world.rows(`DELETE FROM matrix.wanted_powers`);
  await asked();
});

async function give(matrixId: string, role: "admin" | "member" | "guest"): Promise<void> {
  await transact(world.database, bridgeActor, async (tx) => {
    const { id: userId } = await ensureUserByMatrixId(tx, matrixId);
    await giveMicrodaoRole(tx, { microdaoId, userId, role, askerId: null, byOperator: true });
  });
}

const asked = async () =>
  (await world.takeJobs<GivePowersPayload>(givePowersJob)).map(({ roomId }) => roomId);
const wanted = () =>
  world.rows<{ user_id: string; lacking: string | null }>(
    `SELECT user_id, lacking FROM matrix.wanted_powers`,
  );

function work(homeserver: unknown = space.verbs, database: Database = world.database): Promise<void> {
  const deps = { ...world.deps, database, homeserver: homeserver as Homeserver };
  return handleGivePowers(deps, { roomId: spaceId });
}

/** Both die before or after the given step, and stay dead. */
function mortal(step: number): [unknown, Database] {
  const around = dyingAt(step);
  const { stateEvent, sendState } = space.verbs;
  return [
    { stateEvent: around(stateEvent), sendState: around(sendState) },
    { ...world.database, transaction: (body) => around(() => world.database.transaction(body))() },
  ];
}

describe("power in a space that follows a role", () => {
  it("72: is given once, wherever the bridge was killed, and nothing is left to do", async () => {
    for (let step = 1; step <= 11; step += 1) {
      space = new Space();
      await give(bob, "admin");
      await work(...mortal(step)).catch((error: unknown) => expect(String(error)).toContain("killed"));
      // As if the lease of the dead had run out.
      await world.rows(`UPDATE matrix.wanted_powers SET leased_until = now() - interval '1 second'`);
      await asked();
      if ((await resumePowers(world.database, { atStart: true })) > 0) {
        expect(await asked()).toEqual([spaceId]);
        await work();
      }
      expect([step, space.users[bob], space.sent]).toEqual([step, 50, 1]);
      expect(await wanted()).toEqual([]);
      await give(bob, "guest");
      await world.rows(`DELETE FROM matrix.wanted_powers`);
    }
  });

  it("is done by one at a time, and whoever is at it does what was asked for meanwhile", async () => {
    await give(bob, "admin");
    space.onLook = async () => {
      space.onLook = () => Promise.resolve();
      await give(carol, "admin");
      await give(bob, "member");
      await work();
      expect(space.sent).toBe(0);
    };
    await work();
    expect(await asked()).toEqual([spaceId]);
    await work();
    expect(space.users).toEqual({ [bot]: 100, [carol]: 50 });
    expect(await wanted()).toEqual([]);
    expect(await asked()).toEqual([]);
  });

  it("waits for a homeserver that is away, and is not sent again when it was done all the same", async () => {
    await give(bob, "admin");
    const away = { why: "cut off", status: undefined, errcode: undefined, retryAfterMs: undefined };
    space.troubles.push(
      { error: homeserverAway(away), done: false },
      { error: homeserverAway(away), done: true },
    );
    await expect(work()).rejects.toThrow("no usable answer");
    await expect(work()).rejects.toThrow("no usable answer");
    await work();
    expect([space.users[bob], space.sent]).toEqual([50, 1]);
  });

  it("72: that the homeserver refuses is said once, kept, and tried when the space's levels change", async () => {
    await give(bob, "admin");
    const details = { status: 403, errcode: "M_FORBIDDEN", reason: "not today", retryAfterMs: undefined };
    const refused = { error: homeserverRefused(details), done: false };
    space.troubles.push(refused, refused);
    await work();
    await work();
    expect(await wanted()).toEqual([{ user_id: bob, lacking: "M_FORBIDDEN: not today" }]);
    const audited = await world.rows(`SELECT data FROM audit_log WHERE action = 'microdao.power_lacking'`);
    expect(audited).toMatchObject([
      { data: { power: { userId: bob, level: 50 }, reason: "M_FORBIDDEN: not today" } },
    ]);
    expect(await resumePowers(world.database, { atStart: true })).toBe(0);
    await world.pushEvents([
      {
        event_id: "$levels1",
        room_id: spaceId,
        type: "m.room.power_levels",
        sender: "@alice:test",
        origin_server_ts: 1_760_000_000_000,
        state_key: "",
        content: {},
      },
    ]);
    expect(await asked()).toEqual([spaceId]);
    await work();
    expect(space.users[bob]).toBe(50);
    expect(await wanted()).toEqual([]);
  });
});
