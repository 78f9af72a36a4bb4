import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CurrentState, describeRoom, powersOf } from "./describe-room.ts";

const state = (
  type: string,
  content: Record<string, unknown>,
  over: Partial<CurrentState> = {},
): CurrentState => ({
  type,
  stateKey: "",
  sender: "@a:b",
  content,
  redacted: false,
  ...over,
});

describe("what a room's state says", () => {
  it("of a room without state, nothing: private, no creators, nobody with power", () => {
    expect(describeRoom([], null)).toEqual({
      name: null,
      topic: null,
      avatarUrl: null,
      canonicalAlias: null,
      joinRule: null,
      historyVisibility: null,
      roomVersion: null,
      roomType: null,
      visibility: "private",
    });
    expect(powersOf([])).toEqual({ creators: [], users: {}, usersDefault: 0 });
  });

  it("a create event without a version is of version 1", () => {
    expect(describeRoom([state("m.room.create", {})], null)).toMatchObject({
      roomVersion: "1",
      roomType: null,
    });
  });

  it("restricted to the space opens to the microDAO, but not when there is no space", () => {
    const rules = state("m.room.join_rules", {
      join_rule: "restricted",
      allow: [{ type: "m.room_membership", room_id: "!space" }],
    });
    expect(describeRoom([rules], "!space").visibility).toBe("microdao");
    expect(describeRoom([rules], null).visibility).toBe("private");
    const toNothing = state("m.room.join_rules", {
      join_rule: "restricted",
      allow: [{ type: "m.room_membership", room_id: null }],
    });
    expect(describeRoom([toNothing], null).visibility).toBe("private");
  });

  it.each([
    ["1", ["@a:b"]],
    ["11", ["@a:b"]],
    ["12", ["@a:b", "@c:d"]],
    ["100", ["@a:b", "@c:d"]],
    ["org.example.v12", ["@a:b"]],
    [12, ["@a:b", "@c:d"]],
    ["12.5", ["@a:b"]],
    ["", ["@a:b"]],
  ])("room version %o", (room_version, above) => {
    const { creators, users } = powersOf([
      state("m.room.create", { room_version, additional_creators: ["@c:d", "x", 5, null] }),
    ]);
    expect(creators.length > 0 ? creators : Object.keys(users)).toEqual(above);
  });

  it.each([
    [100, 100],
    ["100", 100],
    [" -5 ", -5],
    ["+7", 7],
    [50.9, 50],
    [2 ** 53, 2_147_483_647],
    [-(2 ** 53), -2_147_483_648],
    ["99999999999999999999", 2_147_483_647],
    ["1e3", undefined],
    ["0x10", undefined],
    ["", undefined],
    [true, undefined],
    [null, undefined],
    [[100], undefined],
    [Number.POSITIVE_INFINITY, undefined],
  ])("a level of %o is %o", (raw, level) => {
    expect(powersOf([state("m.room.power_levels", { users: { "@x:y": raw } })]).users["@x:y"]).toBe(level);
    expect(powersOf([state("m.room.power_levels", { users_default: raw })]).usersDefault).toBe(level ?? 0);
  });

  it.each([{ of: ["12"] }, { of: { toString: 0 } }, { of: "" }, { of: "12a" }, { of: null }])(
    "a room version $of is not one of 12 or more",
    ({ of }) => {
      expect(powersOf([state("m.room.create", { room_version: of })]).creators).toEqual([]);
    },
  );

  it("never throws and only gives what columns hold, whatever is in the state", () => {
    const types = fc.constantFrom(
      ..."m.room.create m.room.name m.room.topic m.room.avatar m.room.canonical_alias m.room.join_rules".split(
        " ",
      ),
      ..."m.room.history_visibility m.room.power_levels".split(" "),
    );
    const content = fc.dictionary(
      fc.constantFrom(
        ..."name topic m.topic m.text url alias join_rule allow history_visibility room_version type users users_default".split(
          " ",
        ),
        ..."additional_creators __proto__ constructor".split(" "),
      ),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(types, content)), fc.option(fc.string()), (events, space) => {
        const all = events.map(([type, value]) => state(type, value));
        const described = describeRoom(all, space);
        for (const value of Object.values(described)) {
          expect(
            value === null || (typeof value === "string" && value.isWellFormed() && value.length <= 1024),
          ).toBe(true);
        }
        const powers = powersOf(all);
        for (const level of [...Object.values(powers.users), powers.usersDefault]) {
          expect(Number.isInteger(level) && Math.abs(level) <= 2_147_483_648).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
