import { expect, it } from "vitest";
import { keptContent } from "./kept-state.ts";

it("redaction leaves of power levels the levels, of names nothing, and never what an object has by birth", () => {
  const levels = { users: { "@a:b": 100 }, users_default: 5, notifications: { room: 50 } };
  expect(keptContent("m.room.power_levels", levels)).toEqual({ users: { "@a:b": 100 }, users_default: 5 });
  expect(keptContent("m.room.name", { name: "Rude" })).toEqual({});
  expect(keptContent("m.room.join_rules", {})).toEqual({});
  expect(keptContent("constructor", { name: "x" })).toEqual({});
});
