import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  alice,
  bob,
  bot,
  encrypted,
  type MatrixEvent,
  member,
  redactionOf,
  room,
  roomV12,
  sofia,
  state,
  text,
} from "../support/matrix-events.ts";
import { openWorld, type World } from "../support/world.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld({ withoutJobs: true });
});
afterEach(() => world.close());

async function push(...events: readonly MatrixEvent[]): Promise<void> {
  expect((await world.push(events)).statusCode).toBe(200);
  expect(await world.rows("SELECT error FROM matrix.inbox")).toEqual([]);
}

async function channel(roomId = room): Promise<Record<string, unknown>> {
  const [row] = await world.rows("SELECT * FROM channels WHERE matrix_room_id = $1", roomId);
  return row ?? {};
}

interface Member {
  readonly role: string;
  readonly membership: string;
  readonly display_name: string | null;
  readonly joined: number | null;
  readonly left: number | null;
}

async function memberRow(matrixId: string, roomId = room): Promise<Member | undefined> {
  const rows = await world.rows<Member>(
    `SELECT m.role, m.membership, m.display_name, (extract(epoch FROM m.joined_at) * 1000)::float8 AS joined,
            (extract(epoch FROM m.left_at) * 1000)::float8 AS left
       FROM channel_members m JOIN channels c ON c.id = m.channel_id
       LEFT JOIN users u ON u.id = m.member_user_id LEFT JOIN agents a ON a.id = m.member_agent_id
      WHERE c.matrix_room_id = $1 AND COALESCE(u.matrix_id, a.matrix_id) = $2`,
    roomId,
    matrixId,
  );
  return rows[0];
}

async function news(): Promise<string[]> {
  const rows = await world.rows<{ type: string; id: string }>(
    `SELECT topic AS type, payload #>> '{payload,matrix_id}' AS id FROM outbox_events WHERE topic LIKE 'member.%' ORDER BY payload ->> 'ts'`,
  );
  return rows.map(({ type, id }) => `${type} ${id}`);
}

describe("a room's state becomes its channel's columns", () => {
  it("100 name, topic, picture, alias, join rule, history visibility, version and type", async () => {
    await push(
      state("m.room.create", { room_version: "11", type: "org.example.board" }),
      state("m.room.name", { name: "General" }),
      state("m.room.topic", { topic: "Everything" }),
      state("m.room.avatar", { url: "mxc://test/a" }),
      state("m.room.canonical_alias", { alias: "#general:test" }),
      state("m.room.join_rules", { join_rule: "public" }),
      state("m.room.history_visibility", { history_visibility: "shared" }),
    );
    expect(await channel()).toMatchObject({
      name: "General",
      topic: "Everything",
      avatar_url: "mxc://test/a",
      canonical_alias: "#general:test",
      join_rule: "public",
      history_visibility: "shared",
      room_version: "11",
      room_type: "org.example.board",
      visibility: "public",
      encrypted: false,
    });
  });

  it("100 state of another key is other state, and what is emptied is gone", async () => {
    await push(state("m.room.name", { name: "General" }), state("m.room.topic", { topic: "Everything" }));
    await push(state("m.room.name", { name: "Not this" }, { state_key: "other" }), state("m.room.topic", {}));
    expect(await channel()).toMatchObject({ name: "General", topic: null });
    await push(
      state("m.room.canonical_alias", { alias: "#general:test" }),
      state("m.room.name", { name: " " }),
    );
    expect(await channel()).toMatchObject({ name: "#general:test" });
  });

  it("100 redacted state is emptied, also when its redaction came first; what is older does not come back", async () => {
    const [old, named] = [state("m.room.name", { name: "Old" }), state("m.room.name", { name: "Rude" })];
    await push(old, named, redactionOf(named));
    const [{ slug } = { slug: "" }] = await world.rows<{ slug: string }>("SELECT slug FROM channels");
    expect(await channel()).toMatchObject({ name: slug });
    const topic = state("m.room.topic", { topic: "Rude" });
    await push(redactionOf(topic));
    await push(topic);
    expect(await channel()).toMatchObject({ topic: null });
    const rows = await world.rows("SELECT 1 FROM matrix.state_events WHERE content::text LIKE '%Rude%'");
    expect(rows).toEqual([]);
    expect(
      await world.rows(
        "SELECT 1 FROM outbox_events WHERE topic = 'channel.updated' AND payload::text LIKE '%Rude%'",
      ),
    ).toEqual([]);
  });

  it("100 redacting power levels or join rules takes nobody's power and opens no room", async () => {
    const powers = state("m.room.power_levels", {
      users: { [alice]: 100, [bob]: 50 },
      users_default: 0,
      notifications: { room: 20 },
    });
    const rules = state("m.room.join_rules", { join_rule: "public" });
    await push(member(alice, "join"), member(bob, "join"), powers, rules);
    await push(redactionOf(powers), redactionOf(rules));
    expect(await memberRow(alice)).toMatchObject({ role: "owner" });
    expect(await memberRow(bob)).toMatchObject({ role: "admin" });
    expect(await channel()).toMatchObject({ visibility: "public" });
    const [stored] = await world.rows(
      "SELECT content, redacted FROM matrix.state_events WHERE event_id = $1",
      powers.event_id,
    );
    expect(stored).toEqual({
      content: { users: { [alice]: 100, [bob]: 50 }, users_default: 0 },
      redacted: true,
    });
  });

  it.each([
    ["null", null],
    ["empty", ""],
    ["absent", undefined],
    ["of a wrong type", { alias: "#x:test" }],
  ])("108 an alias that is %s is none", async (_what, alias) => {
    await push(state("m.room.canonical_alias", { alias: "#general:test" }));
    await push(state("m.room.canonical_alias", { alias, alt_aliases: ["#other:test"] }));
    expect(await channel()).toMatchObject({ canonical_alias: null });
  });

  it("118 the topic's plain text comes before the old topic", async () => {
    const rich = { "m.text": [{ mimetype: "text/html", body: "<b>rich</b>" }, { body: "plain" }] };
    await push(state("m.room.topic", { topic: "old", "m.topic": rich }));
    expect(await channel()).toMatchObject({ topic: "plain" });
    await push(
      state("m.room.topic", {
        topic: "old",
        "m.topic": { "m.text": [{ mimetype: "text/html", body: "x" }] },
      }),
    );
    expect(await channel()).toMatchObject({ topic: "old" });
    await push(state("m.room.topic", { topic: "old", "m.topic": ["odd"] }));
    expect(await channel()).toMatchObject({ topic: "old" });
  });

  it.each([
    ["restricted", "!space:test", "microdao"],
    ["knock_restricted", "!space:test", "microdao"],
    ["restricted", "!other:test", "private"],
    ["invite", "!space:test", "private"],
    ["knock", "!space:test", "private"],
    ["private", "!space:test", "private"],
    [{ odd: true }, "!space:test", "private"],
  ])("a room that is %o to members of %s is %s", async (join_rule, allowed, visibility) => {
    await world.rows(
      "UPDATE microdaos SET matrix_space_id = '!space:test' WHERE id = $1::uuid",
      world.microdaoId,
    );
    const allow = [null, "x", { type: "org.example" }, { type: "m.room_membership", room_id: allowed }];
    await push(state("m.room.join_rules", { join_rule, allow }));
    expect(await channel()).toMatchObject({ visibility });
  });

  it("each change is told with what the channel is like now, and no change is not", async () => {
    await push(state("m.room.name", { name: "General" }));
    await push(state("m.room.name", { name: "General" }), state("m.room.pinned_events", { pinned: ["$x"] }));
    const told = await world.rows(
      "SELECT payload #>> '{payload,name}' AS name FROM outbox_events WHERE topic = 'channel.updated'",
    );
    expect(told).toEqual([{ name: "General" }]);
  });

  it("138 a room that was ever encrypted stays so", async () => {
    const on = state("m.room.encryption", { algorithm: "m.megolm.v1.aes-sha2" });
    await push(on);
    await push(
      state("m.room.encryption", {}),
      redactionOf(on),
      state("m.room.encryption", { algorithm: null }),
    );
    expect(await channel()).toMatchObject({ encrypted: true });
    const [row] = await world.rows("SELECT encrypted FROM matrix.rooms WHERE room_id = $1", room);
    expect(row).toEqual({ encrypted: true });
    await push(encrypted());
  });

  it("138 encryption of another key is no encryption", async () => {
    await push(state("m.room.encryption", { algorithm: "x" }, { state_key: "x" }));
    expect(await channel()).toMatchObject({ encrypted: false });
  });
});

describe("members", () => {
  const at = (ts: number) => ({ origin_server_ts: ts });

  it("101 join, leave, rejoin: the times are those of the last stay", async () => {
    await push(
      member(alice, "join", at(1_000)),
      member(alice, "join", { ...at(2_000), profile: { displayname: "Alice" } }),
    );
    expect(await memberRow(alice)).toMatchObject({
      membership: "join",
      display_name: "Alice",
      joined: 1_000,
      left: null,
    });
    await push(member(alice, "leave", at(3_000)));
    expect(await memberRow(alice)).toMatchObject({ membership: "leave", joined: 1_000, left: 3_000 });
    await push(member(alice, "join", at(4_000)));
    expect(await memberRow(alice)).toMatchObject({ membership: "join", joined: 4_000, left: null });
    expect(await news()).toEqual([
      `member.joined ${alice}`,
      `member.left ${alice}`,
      `member.joined ${alice}`,
    ]);
  });

  it("101 invited, invitation taken back, knocked, knock taken back: nobody was ever in, and only the knock is told", async () => {
    await push(member(alice, "invite", { sender: bob }));
    expect(await memberRow(alice)).toMatchObject({ membership: "invite", joined: null, left: null });
    await push(member(alice, "leave", { sender: bob }));
    expect(await memberRow(alice)).toMatchObject({ membership: "leave", joined: null, left: null });
    await push(member(bob, "knock"));
    expect(await memberRow(bob)).toMatchObject({ membership: "knock", joined: null });
    await push(member(bob, "leave"));
    expect(await news()).toEqual([`member.knocked ${bob}`]);
  });

  it("101 kicked, banned, unbanned: a kick is a leave by another, an unban does not bring back", async () => {
    await push(member(alice, "join"));
    const kick = member(alice, "leave", { sender: bob });
    await push(kick);
    const [event] = await world.rows(
      "SELECT sender, user_id, membership FROM matrix.member_events WHERE event_id = $1",
      kick.event_id,
    );
    expect(event).toEqual({ sender: bob, user_id: alice, membership: "leave" });
    await push(member(alice, "join"));
    await push(member(alice, "ban", { sender: bob }));
    expect(await memberRow(alice)).toMatchObject({ membership: "ban" });
    await push(member(alice, "leave", { sender: bob }));
    expect(await memberRow(alice)).toMatchObject({ membership: "leave" });
    expect(await news()).toEqual([
      `member.joined ${alice}`,
      `member.left ${alice}`,
      `member.joined ${alice}`,
      `member.left ${alice}`,
    ]);
  });

  it("101 knocked, invited, joined: the stay begins with the join", async () => {
    await push(
      member(alice, "knock", at(1_000)),
      member(alice, "invite", { sender: bob, ...at(2_000) }),
      member(alice, "join", at(3_000)),
    );
    expect(await memberRow(alice)).toMatchObject({ membership: "join", joined: 3_000, left: null });
    expect(await news()).toEqual([`member.joined ${alice}`]);
  });

  it("101 at the same millisecond the greater event id is the later", async () => {
    await push(
      member(alice, "join", { event_id: "$m2", ...at(5_000) }),
      member(alice, "leave", { event_id: "$m3", ...at(5_000) }),
      member(bob, "leave", { event_id: "$m4", ...at(5_000) }),
      member(bob, "join", { event_id: "$m5", ...at(5_000) }),
    );
    expect(await memberRow(alice)).toMatchObject({ membership: "leave" });
    expect(await memberRow(bob)).toMatchObject({ membership: "join", left: null });
  });

  it("a profile is the latest join's, and goes when that join is redacted", async () => {
    const user = async () =>
      (await world.rows("SELECT display_name, avatar_url FROM users WHERE matrix_id = $1", alice))[0];
    const joined = member(alice, "join", {
      profile: { displayname: "Alice", avatar_url: "mxc://test/alice" },
    });
    await push(joined);
    expect(await user()).toEqual({ display_name: "Alice", avatar_url: "mxc://test/alice" });
    await push(member(alice, "leave", { profile: { displayname: "Somebody else" } }));
    expect(await user()).toEqual({ display_name: "Alice", avatar_url: "mxc://test/alice" });
    await push(redactionOf(joined));
    expect(await user()).toEqual({ display_name: null, avatar_url: null });
    expect(await world.rows("SELECT 1 FROM matrix.member_events WHERE display_name = 'Alice'")).toEqual([]);
    expect(await memberRow(alice)).toMatchObject({ membership: "leave" });
  });

  it("no agent ever gets the row of a user, not even when its joining is redacted", async () => {
    const joined = member(sofia, "join", { profile: { displayname: "Sofia" } });
    await push(joined, text("hello", { sender: sofia }));
    await push(redactionOf(joined));
    expect(await world.rows("SELECT 1 FROM users WHERE matrix_id = $1", sofia)).toEqual([]);
    expect(await memberRow(sofia)).toMatchObject({ role: "agent", membership: "join", display_name: null });
  });

  it("a profile with anything in it is text or nothing", async () => {
    await push(
      member(alice, "join", { profile: { displayname: "\0\ud800", avatar_url: 5 } }),
      member(bob, "join", { profile: { displayname: { toString: "x" }, avatar_url: null } }),
      member("@long:test", "join", { profile: { displayname: "🦊".repeat(20_000) } }),
    );
    expect(await memberRow(alice)).toMatchObject({ display_name: "\ufffd\ufffd" });
    expect(await memberRow(bob)).toMatchObject({ display_name: null });
    expect((await memberRow("@long:test"))?.display_name?.length).toBe(512);
  });

  it("107 who knocks is shown as knocking", async () => {
    await push(member(bob, "knock"));
    expect(await memberRow(bob)).toMatchObject({ membership: "knock", role: "member" });
  });
});

describe("roles", () => {
  const powers = (content: Record<string, unknown>, over = {}) => state("m.room.power_levels", content, over);
  const everybody = () => [alice, bob, "@carol:test"].map((id) => member(id, "join"));
  const roles = async (roomId = room) =>
    Promise.all([alice, bob, "@carol:test"].map(async (id) => (await memberRow(id, roomId))?.role));

  it("109 follow the power levels: 100 owner, 50 admin, all others member", async () => {
    await push(...everybody(), powers({ users: { [alice]: 100, [bob]: 50 } }));
    expect(await roles()).toEqual(["owner", "admin", "member"]);
    await push(powers({ users: { [alice]: 99, [bob]: 101 }, users_default: 50 }));
    expect(await roles()).toEqual(["admin", "owner", "admin"]);
  });

  it.each([
    ["strings of old rooms", { [alice]: "100", [bob]: " +50 " }, ["owner", "admin", "member"]],
    ["beyond any integer", { [alice]: 2 ** 53, [bob]: -(2 ** 53) }, ["owner", "member", "member"]],
    ["fractions", { [alice]: 99.9, [bob]: 50.5 }, ["admin", "admin", "member"]],
    ["no numbers", { [alice]: "many", [bob]: null, "@carol:test": {} }, ["member", "member", "member"]],
    ["of nobody", { alice: 100, "": 100, constructor: 100, __proto__: 100 }, ["member", "member", "member"]],
  ])("109 levels that are %s are read as far as they are levels", async (_what, users, expected) => {
    await push(...everybody(), powers({ users }));
    expect(await roles()).toEqual(expected);
  });

  it("109 without power levels the creator has 100, before version 12", async () => {
    await push(state("m.room.create", { room_version: "10" }, { sender: bob }), ...everybody());
    expect(await roles()).toEqual(["member", "owner", "member"]);
    await push(powers({ users: { [alice]: 100 } }));
    expect(await roles()).toEqual(["owner", "member", "member"]);
  });

  it("110 creators of a room of version 12 are above all levels, whatever they say", async () => {
    await world.link(roomV12);
    const in12 = { room_id: roomV12 };
    await push(
      state(
        "m.room.create",
        { room_version: "12", additional_creators: [bob, 5, "carol", { id: "@carol:test" }] },
        in12,
      ),
      ...[alice, bob, "@carol:test"].map((id) => member(id, "join", in12)),
      powers({ users: { "@carol:test": 50 }, users_default: -1 }, in12),
    );
    expect(await roles(roomV12)).toEqual(["owner", "owner", "admin"]);
    const [row] = await world.rows("SELECT creators FROM matrix.rooms WHERE room_id = $1", roomV12);
    expect(row).toEqual({ creators: [alice, bob] });
  });

  it("111 a create event whose room is named after it is a create event", async () => {
    await world.link(roomV12);
    await push(
      state("m.room.create", { room_version: "12" }, { room_id: roomV12, event_id: `$${roomV12.slice(1)}` }),
    );
    expect(await channel(roomV12)).toMatchObject({ room_version: "12" });
  });

  it("guests are guests and agents are agents, whatever their power", async () => {
    await push(
      member(alice, "join", { profile: { kind: "guest" } }),
      member(sofia, "join"),
      member(bob, "join", { profile: { kind: ["guest"] } }),
      powers({ users: { [alice]: 100, [sofia]: 100, [bob]: 100 } }),
    );
    expect(
      [await memberRow(alice), await memberRow(sofia), await memberRow(bob)].map((row) => row?.role),
    ).toEqual(["guest", "agent", "owner"]);
  });

  it("come out the same when the members come before the powers, after them, or with them", async () => {
    const rooms = ["!a:test", "!b:test", "!c:test"] as const;
    for (const id of rooms) await world.link(id);
    const events = (room_id: string) => [
      member(alice, "join", { room_id }),
      member(bob, "join", { room_id }),
      member("@carol:test", "join", { room_id }),
    ];
    const levels = (room_id: string) => powers({ users: { [alice]: 100, [bob]: 50 } }, { room_id });
    await push(...events(rooms[0]));
    await push(levels(rooms[0]));
    await push(levels(rooms[1]));
    await push(...events(rooms[1]));
    await push(...events(rooms[2]), levels(rooms[2]));
    for (const id of rooms) expect(await roles(id)).toEqual(["owner", "admin", "member"]);
  });

  it("a state of 2,000 users is read in a breath", async () => {
    const users = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`@u${index}:test`, 100]));
    const began = performance.now();
    await push(member("@u1999:test", "join"), powers({ users }));
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(await memberRow("@u1999:test")).toMatchObject({ role: "owner" });
  });
});

describe("rooms that are not mirrored any more", () => {
  it("keep what they had and take nothing", async () => {
    await push(text("before"), member(alice, "join"));
    await world.rows(
      "UPDATE matrix.rooms SET mirrored = false, status = 'unlinked' WHERE room_id = $1",
      room,
    );
    await push(
      text("after"),
      member(alice, "leave"),
      state("m.room.name", { name: "After" }),
      member(bot, "leave"),
    );
    const messages = await world.rows("SELECT content_preview FROM messages");
    expect(messages).toEqual([{ content_preview: "before" }]);
    expect(await memberRow(alice)).toMatchObject({ membership: "join" });
  });
});
