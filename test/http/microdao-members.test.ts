import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { givePowersJob } from "../../src/domain/messaging/index.ts";
import { decodeId, encodeId } from "../../src/kernel/ids.ts";
import { ApiWorld, type ChannelRow } from "./api-world.ts";

interface Member {
  readonly id: string;
  readonly matrixId: string;
  readonly role: string;
}

let world: ApiWorld;
let url: string;
let microdaoId: string;
let channel: ChannelRow;
const keys: Record<string, string> = {};

beforeAll(async () => {
  world = await ApiWorld.open({}, "default", true);
  await world.agent("bridge", null);
  ({ id: microdaoId } = await world.microdao("One", "alice"));
  url = `/v1/microdaos/${encodeId("md", microdaoId)}/members`;
  channel = await world.channel(microdaoId, "private");
  for (const name of ["alice", "bob", "carol"]) {
    const { externalId } = await world.user(name);
    const subject = { kind: "user", id: externalId } as const;
    keys[name] = await world.key({ subject, microdaoId, capabilities: ["member.manage", "channel.read"] });
  }
  keys["program"] = await world.key({
    subject: { kind: "integration", id: "program" },
    microdaoId,
    capabilities: ["member.manage", "channel.read"],
  });
});
afterAll(() => world.close());

function idOf(name: string) {
  return encodeURIComponent(`@${name}:test`);
}

async function set(who: string, name: string, role: string) {
  const made = await world.request(keys[who] ?? "", {
    method: "PUT",
    url: `${url}/${idOf(name)}`,
    payload: { role },
  });
  return {
    status: made.statusCode,
    ...made.json<{ code?: string; role?: string; before?: string | null }>(),
  };
}

async function remove(who: string, name: string) {
  const made = await world.request(keys[who] ?? "", { method: "DELETE", url: `${url}/${idOf(name)}` });
  return { status: made.statusCode, ...made.json<{ code?: string; rooms?: number }>() };
}

async function roles(): Promise<Record<string, string>> {
  const listed: Member[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const more = cursor === "" ? "" : `&cursor=${cursor}`;
    const page: { items: Member[]; nextCursor: string | null } = (
      await world.request(keys["alice"] ?? "", { method: "GET", url: `${url}?limit=2${more}` })
    ).json();
    listed.push(...page.items);
    cursor = page.nextCursor;
  }
  expect(new Set(listed.map(({ id }) => id)).size).toBe(listed.length);
  return Object.fromEntries(listed.map(({ matrixId, role }) => [matrixId, role]));
}

describe("members of a microDAO", () => {
  it("are made, given roles and listed, audited, by those who hold as much", async () => {
    expect(await set("alice", "bob", "admin")).toMatchObject({ status: 200, role: "admin", before: null });
    expect(await set("bob", "carol", "admin")).toMatchObject({ status: 200 });
    expect(await set("bob", "dave", "guest")).toMatchObject({ status: 200 });
    expect(await roles()).toEqual({
      "@alice:test": "owner",
      "@bob:test": "admin",
      "@carol:test": "admin",
      "@dave:test": "guest",
    });
    for (const [who, name, role] of [
      ["bob", "carol", "member"],
      ["bob", "bob", "owner"],
      ["bob", "alice", "member"],
      ["program", "dave", "owner"],
      ["program", "bob", "member"],
    ] as const)
      expect(await set(who, name, role), `${who} makes ${name} ${role}`).toMatchObject({
        status: 403,
        code: "role_too_high",
      });
    expect(await set("program", "dave", "member")).toMatchObject({ status: 200, before: "guest" });
    expect(await set("dave", "dave", "member")).toMatchObject({ status: 401 });
    expect(await set("carol", "carol", "member")).toMatchObject({ status: 200 });
    expect(await set("carol", "dave", "guest")).toMatchObject({ status: 403 });
    const audited = await world.sql<{ n: number }>(
      "SELECT count(*)::int AS n FROM audit_log WHERE action = 'microdao.member_set' AND data ->> 'user_id' IS NOT NULL",
    );
    expect(audited[0]?.n).toBe(5);
  });

  it("the last owner stays, also when two leave at once, and whoever answers for the microDAO is an owner", async () => {
    expect(await set("alice", "alice", "admin")).toMatchObject({ status: 409, code: "last_owner" });
    expect(await remove("alice", "alice")).toMatchObject({ status: 409, code: "last_owner" });
    expect(await set("alice", "bob", "owner")).toMatchObject({ status: 200 });
    const both = await Promise.all([set("alice", "alice", "member"), set("bob", "bob", "member")]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const [owner] = await world.sql<{ matrix_id: string; role: string }>(
      `SELECT u.matrix_id, k.role FROM microdaos m JOIN users u ON u.id = m.owner_user_id
         JOIN microdao_members k ON k.microdao_id = m.id AND k.user_id = u.id WHERE m.id = $1::uuid`,
      [microdaoId],
    );
    expect(owner?.role).toBe("owner");
  });

  it("nobody learns of what is not there", async () => {
    expect(await remove("bob", "nobody")).toMatchObject({ status: 404, code: "member_not_found" });
    const never = encodeId("u", "00000000-0000-7000-8000-00000000dead");
    const made = await world.request(keys["program"] ?? "", {
      method: "PUT",
      url: `${url}/${never}`,
      payload: { role: "guest" },
    });
    expect(made.statusCode).toBe(404);
    const elsewhere = await world.request(keys["program"] ?? "", {
      method: "GET",
      url: "/v1/microdaos/microdao:4711/members",
    });
    expect(elsewhere.statusCode).toBe(404);
    expect(decodeId("u", never)).toBeDefined();
  });

  it("power levels follow in the rooms of the member, as far as the bot may", async () => {
    const jobs = () =>
      world.sql<{ data: object }>("DELETE FROM pgboss.job WHERE name = $1 RETURNING data", [
        givePowersJob.name,
      ]);
    const erin = await world.user("erin");
    await world.member(channel, { user: erin.id });
    await world.sql(
      `UPDATE matrix.rooms SET power_users = jsonb_build_object((SELECT matrix_id FROM agents WHERE external_id = 'agent:bridge'), 100)
        WHERE room_id = $1`,
      [channel.roomId],
    );
    await jobs();
    const program = keys["program"] ?? "";
    const made = await world.request(program, {
      method: "PUT",
      url: `${url}/${idOf("erin")}`,
      payload: { role: "admin" },
    });
    expect(made.json()).toMatchObject({ rooms: 1, beyondBot: 0, space: false });
    expect(await jobs()).toMatchObject([{ data: { roomId: channel.roomId } }]);
    const wanted = await world.sql("SELECT user_id, level FROM matrix.wanted_powers WHERE room_id = $1", [
      channel.roomId,
    ]);
    expect(wanted).toEqual([{ user_id: "@erin:test", level: 50 }]);
    await world.sql("UPDATE matrix.rooms SET power_users = '{}' WHERE room_id = $1", [channel.roomId]);
    const owner = (await roles())["@alice:test"] === "owner" ? "alice" : "bob";
    expect(await set(owner, "erin", "owner")).toMatchObject({ status: 200, rooms: 0, beyondBot: 1 });
    expect(await jobs()).toEqual([]);
  });
});
