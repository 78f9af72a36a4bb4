import { describe, expect, it } from "vitest";
import { type NewRoom, roomContent } from "./room-content.ts";

const bot = "@microdao:test";
const maker = { botUserId: bot, serverName: "test" };
const room: NewRoom = {
  madeFor: "c_1",
  aliasLocalpart: "dao_c_1",
  name: "Plans",
  topic: null,
  isSpace: false,
  visibility: "microdao",
  spaceId: "!space:test",
  roomVersion: "11",
  powers: { "@alice:test": 100, "@bob:test": 50 },
};
const usersOf = (change: Partial<NewRoom>) =>
  (roomContent({ ...room, ...change }, maker)["power_level_content_override"] as { users: object }).users;
const joinRulesOf = (change: Partial<NewRoom>) =>
  (roomContent({ ...room, ...change }, maker)["initial_state"] as { type: string; content: object }[]).find(
    ({ type }) => type === "m.room.join_rules",
  )?.content;

describe("a room that the bridge makes", () => {
  it("110: lists the bot among the powerful before version 12, and never a creator from then on", () => {
    expect(usersOf({})).toEqual({ [bot]: 100, "@alice:test": 100, "@bob:test": 50 });
    expect(usersOf({ roomVersion: "12" })).toEqual({ "@alice:test": 100, "@bob:test": 50 });
    expect(usersOf({ roomVersion: "12", powers: { [bot]: 100 } })).toEqual({});
  });

  it("lets in whom its visibility says; without a space, those who are invited", () => {
    expect(joinRulesOf({ visibility: "public" })).toEqual({ join_rule: "public" });
    expect(joinRulesOf({ visibility: "private" })).toEqual({ join_rule: "invite" });
    expect(joinRulesOf({})).toEqual({
      join_rule: "restricted",
      allow: [{ type: "m.room_membership", room_id: "!space:test" }],
    });
    expect(joinRulesOf({ spaceId: null })).toEqual({ join_rule: "invite" });
  });

  it("says in its create event what it was made for, and that it is a space when it is one", () => {
    expect(roomContent(room, maker)["creation_content"]).toEqual({ "org.microdao.made_for": "c_1" });
    const space = roomContent({ ...room, isSpace: true }, maker);
    expect(space["creation_content"]).toEqual({ "org.microdao.made_for": "c_1", type: "m.space" });
  });
});
