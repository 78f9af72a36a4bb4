import { describe, expect, it } from "vitest";
import { levelDenial, powerOf, stateLevel } from "./power-rules.ts";
import type { RoomPower } from "./room-power-store.ts";

const [bot, alice, bob, carol] = ["@bot:test", "@alice:test", "@bob:test", "@carol:test"];
const power: RoomPower = {
  roomId: "!room",
  roomStatus: "joined",
  channelStatus: "active",
  spaceId: null,
  creators: [],
  users: { [bot]: 100, [alice]: 100, [bob]: 50 },
  usersDefault: 0,
  levels: {},
  botId: bot,
  confidential: false,
};

describe("power levels", () => {
  it("72: an event takes its own level, else that of state; without any, state takes 50, and 0 where there are no levels", () => {
    expect(stateLevel({ events: { "m.room.name": 30 }, state_default: 70 }, "m.room.name")).toBe(30);
    expect(stateLevel({ events: { "m.room.name": 30 }, state_default: 70 }, "m.room.topic")).toBe(70);
    expect(stateLevel({}, "m.room.topic")).toBe(50);
    expect(stateLevel(null, "m.room.topic")).toBe(0);
  });

  it("72 and 109: a user has the own level, else the default; texts of old rooms are numbers, what is no level is absent", () => {
    expect([alice, bob, carol].map((id) => powerOf(power, id))).toEqual([100, 50, 0]);
    expect(powerOf({ ...power, usersDefault: 20 }, carol)).toBe(20);
    expect(powerOf(power, "__proto__")).toBe(0);
    expect(stateLevel({ events: { "m.room.name": " 30 " }, state_default: [1] }, "m.room.name")).toBe(30);
    expect(stateLevel({ state_default: { a: 1 } }, "m.room.name")).toBe(50);
  });

  it("72 and 110: creators stand above all levels, and nobody changes theirs", () => {
    const twelve = { ...power, creators: [bot], users: { [alice]: 100 } };
    expect(powerOf(twelve, bot)).toBe(Number.POSITIVE_INFINITY);
    expect(levelDenial(twelve, { actor: alice, target: bot, level: 0 })).toBe("creator_power_fixed");
    expect(levelDenial(twelve, { actor: bot, target: alice, level: 0 })).toBeUndefined();
  });

  it("72: nobody gives more than they have, or changes others who have as much", () => {
    expect(levelDenial(power, { actor: bob, target: carol, level: 100 })).toBe("above_own");
    expect(levelDenial(power, { actor: bob, target: carol, level: 50 })).toBeUndefined();
    expect(levelDenial(power, { actor: bot, target: alice, level: 50 })).toBe("not_below_own");
    expect(levelDenial(power, { actor: bob, target: bob, level: 0 })).toBeUndefined();
  });
});
