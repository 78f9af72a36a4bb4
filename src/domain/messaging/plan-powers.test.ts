import { describe, expect, it } from "vitest";
import { planPowers, type RoomToChange } from "./plan-powers.ts";

const [bot, alice, bob, carol] = ["@bot:test", "@alice:test", "@bob:test", "@carol:test"];

function room(levels: RoomToChange["levels"], version = "11", creator = alice): RoomToChange {
  return { create: { sender: creator, content: { room_version: version } }, levels, botId: bot };
}

const wish = (userId: string, level: number) => ({ userId, level });

describe("power levels that are wanted in a room", () => {
  it("72 and 109: are one content, which keeps everything else as it is, and lists nobody with the level of everybody", () => {
    const levels = {
      users: { [bot]: 100, [alice]: "100", [bob]: 50, "not a user": 1 },
      users_default: 0,
      events: { "m.room.name": 50 },
      notifications: { room: 20 },
    };
    const plan = planPowers(room(levels), [wish(bob, 0), wish(carol, 50)]);
    expect(plan.content).toEqual({
      ...levels,
      users: { [bot]: 100, [alice]: "100", "not a user": 1, [carol]: 50 },
    });
    expect(plan.given).toEqual([wish(bob, 0), wish(carol, 50)]);
    expect(plan.lacking).toEqual([]);
  });

  it("are not sent when they are so", () => {
    const levels = { users: { [bot]: 100, [bob]: "50" } };
    const plan = planPowers(room(levels), [wish(bob, 50), wish(carol, 0)]);
    expect(plan).toEqual({ content: null, given: [wish(bob, 50), wish(carol, 0)], lacking: [] });
  });

  it("72: nobody gets more than the bot holds, and nobody with as much loses any; it says what it lacks for each", () => {
    const levels = { users: { [bot]: 60, [alice]: 100 }, events: { "m.room.power_levels": 60 } };
    const plan = planPowers(room(levels), [wish(alice, 0), wish(bob, 100), wish(carol, 50)]);
    expect(plan.content).toEqual({ ...levels, users: { ...levels.users, [carol]: 50 } });
    expect(plan.lacking).toEqual([
      {
        ...wish(alice, 0),
        lacking: `${bot} has power level 60 and cannot change that of ${alice}, which is 100.`,
      },
      { ...wish(bob, 100), lacking: `${bot} has power level 60 and gives no 100.` },
    ]);
    const none = planPowers(room({ users: { [bot]: 60 }, events: { "m.room.power_levels": 100 } }), [
      wish(bob, 50),
    ]);
    expect(none.content).toBeNull();
    expect(none.lacking).toEqual([
      { ...wish(bob, 50), lacking: `${bot} has power level 60; to change power levels it needs 100.` },
    ]);
  });

  it("110: creators of rooms of version 12 are never listed: all power is theirs, and no role takes it", () => {
    const made = room({ users: { [bot]: 100 } }, "12");
    expect(planPowers(made, [wish(alice, 100)])).toEqual({
      content: null,
      given: [wish(alice, 100)],
      lacking: [],
    });
    expect(planPowers(made, [wish(alice, 50)])).toMatchObject({
      content: null,
      lacking: [{ userId: alice, lacking: `${alice} made the room, and keeps all power in it.` }],
    });
    const own = room({ users: { [alice]: 100 } }, "12", bot);
    expect(planPowers(own, [wish(alice, 0), wish(bob, 100)]).content).toEqual({ users: { [bob]: 100 } });
  });

  it("109: where a room has no levels, whoever made it keeps what they had without", () => {
    expect(planPowers(room(null, "11", bot), [wish(bob, 50)]).content).toEqual({
      users: { [bot]: 100, [bob]: 50 },
    });
    expect(planPowers(room(null), [wish(bob, 50)])).toMatchObject({
      content: null,
      lacking: [wish(bob, 50)],
    });
  });

  it("are read from whatever somebody has put there", () => {
    for (const users of [null, [], "x", { [bob]: { a: 1 } }, { [bob]: [50] }]) {
      const plan = planPowers(room({ users, users_default: { a: 1 } }, "12", bot), [wish(bob, 50)]);
      expect(plan.content).toMatchObject({ users: { [bob]: 50 } });
    }
    expect(planPowers({ create: undefined, levels: null, botId: bot }, [wish(bob, 50)]).content).toBeNull();
  });
});
