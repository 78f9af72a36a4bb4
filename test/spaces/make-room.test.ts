import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { createChannel } from "../../src/domain/messaging/index.ts";
import { findMicrodao } from "../../src/domain/tenancy/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { homeserverRefused } from "../../src/matrix/homeserver/index.ts";
import type { SpacesDeps } from "../../src/matrix/spaces/deps.ts";
import { handleMakeRoom } from "../../src/matrix/spaces/make-room.ts";
import { bob, bot, openWorld, type World } from "../linking/world.ts";
import { dyingAt } from "../support/dying-at.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

type State = Record<string, unknown>;
interface Room {
  readonly state: State[];
}

/** As much of a homeserver as making a room takes; every room that was ever made is counted. */
class Maker {
  readonly rooms = new Map<string, Room>();
  readonly aliases = new Map<string, string>();
  readonly invited: string[] = [];
  /** The next room gets its alias and nothing else, as when the homeserver dies in the middle. */
  diesHalfway = false;

  readonly verbs = {
    defaultRoomVersion: () => Promise.resolve("11"),
    resolveAlias: (alias: string) => {
      const roomId = this.aliases.get(alias);
      return Promise.resolve(roomId === undefined ? undefined : { roomId, servers: ["test"] });
    },
    removeAlias: (alias: string) => Promise.resolve(void this.aliases.delete(alias)),
    createRoom: (options: State) => {
      const alias = `#${String(options["room_alias_name"])}:test`;
      const roomId = `!made${this.rooms.size}${alias.replaceAll(/\W/g, "")}:test`;
      this.aliases.set(alias, roomId);
      if (this.diesHalfway) {
        this.diesHalfway = false;
        return Promise.reject(new Error("the connection was cut"));
      }
      const initial = (options["initial_state"] as State[]).map(({ type, state_key, content }) => [
        type,
        state_key,
        content,
      ]);
      const made = [
        ["m.room.create", "", { room_version: "11", ...(options["creation_content"] as object) }],
        ["m.room.member", bot, { membership: "join" }],
        ["m.room.name", "", { name: options["name"] }],
        ...initial,
      ];
      const state = made.map(([type, key, content], index) => ({
        type,
        state_key: key,
        content,
        event_id: `$${roomId}${index}`,
        room_id: roomId,
        sender: bot,
        origin_server_ts: 1_760_000_000_000 + index,
      }));
      this.rooms.set(roomId, { state });
      return Promise.resolve(roomId);
    },
    stateEvent: ({ roomId, type, stateKey }: { roomId: string; type: string; stateKey: string }) => {
      const room = this.rooms.get(roomId);
      if (room === undefined) {
        const details = {
          status: 403,
          errcode: "M_FORBIDDEN",
          reason: "not in room",
          retryAfterMs: undefined,
        };
        return Promise.reject(homeserverRefused(details));
      }
      return Promise.resolve(
        room.state.find((event) => event["type"] === type && event["state_key"] === stateKey),
      );
    },
    roomState: ({ roomId }: { roomId: string }) => Promise.resolve(this.rooms.get(roomId)?.state ?? []),
    joinRoom: ({ roomIdOrAlias }: { roomIdOrAlias: string }) => Promise.resolve(roomIdOrAlias),
    invite: ({ roomId, userId }: { roomId: string; userId: string }) => {
      this.rooms
        .get(roomId)
        ?.state.push({ type: "m.room.member", state_key: userId, content: { membership: "invite" } });
      return Promise.resolve(void this.invited.push(userId));
    },
  };
}

/** The same, whose user dies after so many steps: the moments before and after each request and each transaction. */
function mortal(deps: SpacesDeps, steps: number): SpacesDeps {
  const around = dyingAt(steps);
  const wrap = (target: object, key: string | symbol) => {
    const value = Reflect.get(target, key) as unknown;
    return typeof value === "function"
      ? around((value as (...args: unknown[]) => Promise<unknown>).bind(target))
      : value;
  };
  return {
    ...deps,
    homeserver: new Proxy<SpacesDeps["homeserver"]>(deps.homeserver, { get: wrap }),
    database: {
      ...deps.database,
      transaction: around(
        deps.database.transaction as (...args: unknown[]) => Promise<unknown>,
      ) as typeof deps.database.transaction,
    },
  };
}

function depsOf(maker: Maker): SpacesDeps {
  const homeserver = maker.verbs as unknown as SpacesDeps["homeserver"];
  return { ...world.deps, homeserver, serverName: "test", aliasPrefix: "dao_" };
}

async function ask(name: string): Promise<string> {
  const microdao = await findMicrodao(world.database.db, "microdao:1");
  const { id } = await transact(world.database, bridgeActor, (tx) =>
    createChannel(tx, {
      microdaoId: microdao?.id ?? "",
      name,
      visibility: "private",
      invite: [bob],
      creator: { userId: null, agentId: null },
    }),
  );
  return id;
}

/** The time that others wait before they take over has passed. */
const later = () =>
  world.rows(`UPDATE matrix.new_rooms SET leased_until = NULL, tried_at = tried_at - interval '1 minute'`);

async function stateOf(id: string): Promise<unknown> {
  const [row] = await world.rows<{ state: string; status: string; room: string }>(
    `SELECT n.state, c.status, c.matrix_room_id AS room FROM matrix.new_rooms n JOIN channels c ON c.id = n.id
      WHERE n.id = $1::uuid`,
    id,
  );
  return row;
}

describe("making a room", () => {
  it("killed at any step and taken up again ends with one room, mirrored, and one invitation", async () => {
    for (let steps = 1, isWhole = false; !isWhole; steps += 1) {
      const maker = new Maker();
      const id = await ask(`Steps ${steps}`);
      isWhole = await handleMakeRoom(mortal(depsOf(maker), steps), { id }).then(
        () => true,
        () => false,
      );
      await later();
      await handleMakeRoom(depsOf(maker), { id });
      expect(maker.rooms.size, `after ${steps} steps`).toBe(1);
      expect(maker.invited).toEqual([bob]);
      expect(await stateOf(id)).toEqual({
        state: "done",
        status: "active",
        room: [...maker.rooms.keys()][0],
      });
    }
  });

  it("of which the homeserver has made the alias only is begun again, but not while it may still be at it", async () => {
    const maker = new Maker();
    maker.diesHalfway = true;
    const id = await ask("Half made");
    await expect(handleMakeRoom(depsOf(maker), { id })).rejects.toThrow("cut");
    await expect(handleMakeRoom(depsOf(maker), { id })).rejects.toThrow(/still may be/);
    expect(maker.rooms.size).toBe(0);
    await later();
    await handleMakeRoom(depsOf(maker), { id });
    expect(maker.rooms.size).toBe(1);
    expect(await stateOf(id)).toMatchObject({ state: "done", status: "active" });
  });

  it("is one process's work at a time", async () => {
    const maker = new Maker();
    const id = await ask("Two workers");
    const results = await Promise.allSettled([1, 2, 3].map(() => handleMakeRoom(depsOf(maker), { id })));
    expect(results.some(({ status }) => status === "fulfilled")).toBe(true);
    expect(maker.rooms.size).toBe(1);
    expect(maker.invited).toEqual([bob]);
  });
});
