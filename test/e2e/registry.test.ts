import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiCall, apiClient } from "../support/api-client.ts";
import { makeKey } from "../support/api-keys.ts";
import {
  createRoom,
  inviteTo,
  membershipOf,
  openRealWorld,
  type Person,
  type RealWorld,
  realBot,
  roomPath,
  say,
  untilRead,
} from "../support/real-world.ts";

const kek = Buffer.alloc(32, 7);
const clerk = "@dao_clerk:localhost";

let world: RealWorld;
let alice: Person;
let bob: Person;
let asAlice: ApiCall;
let asClerk: ApiCall;
let roomId: string;
let channelId: string;
let agentId: string;

beforeAll(async () => {
  world = await openRealWorld("@alice:localhost");
  [alice, bob] = [await world.person("alice"), await world.person("bob")];
  const capabilities = ["agent.read", "agent.request", "agent.manage", "channel.read", "chat.message.read"];
  const subject = { kind: "user", id: alice.id } as const;
  asAlice = apiClient(world, await makeKey(world.databaseUrl, kek, { subject, capabilities }));
  roomId = await createRoom(alice, { name: "lobby", preset: "public_chat" });
  await inviteTo(alice, roomId, realBot);
  await untilRead(world, roomId);
  await bob.ask("POST", `${roomPath(roomId)}/join`, {});
  const listed = (await asAlice("GET", "/channels")).body["items"] as { id: string }[];
  channelId = listed[0]?.id ?? "";
});
afterAll(() => world.close());

async function messages(): Promise<Record<string, unknown>[]> {
  const page = await alice.ask("GET", `${roomPath(roomId)}/messages?dir=b&limit=30`);
  return page["chunk"] as Record<string, unknown>[];
}

function textOf(event: Record<string, unknown>): string {
  return String((event["content"] as Record<string, unknown>)["body"]);
}

async function eventSaying(words: string): Promise<string> {
  let found: unknown;
  await world.until(`somebody says “${words}”`, async () => {
    found = (await messages()).find((event) => textOf(event).includes(words))?.["event_id"];
    return found !== undefined;
  });
  return found as string;
}

let reactions = 0;
async function react(who: Person, eventId: string, key: string): Promise<void> {
  reactions += 1;
  await who.ask("PUT", `${roomPath(roomId)}/send/m.reaction/r${reactions}`, {
    "m.relates_to": { rel_type: "m.annotation", event_id: eventId, key },
  });
}

async function status(): Promise<unknown> {
  return (await asAlice("GET", `/agents/${agentId}`)).body["status"];
}

describe("an agent in the eyes of a homeserver", () => {
  it("is asked for in the room, where only those who may decide it, by reacting", async () => {
    const asked = await asAlice("POST", "/agents", {
      ...{ code: "clerk", name: "Clerk", microdao: "microdao:1", blueprint: "test" },
      ...{ reason: "Keeps the minutes", channel: channelId },
    });
    expect(asked.status, JSON.stringify(asked.body)).toBe(201);
    agentId = String(asked.body["id"]);
    const told = await eventSaying("Keeps the minutes");
    await react(bob, told, "✅");
    await world.until("the stranger's reaction was looked at", async () => {
      const rows = await world.rows(`SELECT 1 FROM audit_log WHERE action = 'agent.decision_refused'`);
      return rows.length > 0;
    });
    expect(await status()).toBe("requested");
    await react(alice, told, "✅");
    await world.until("it is active", async () => (await status()) === "active");
    const changes = (await asAlice("GET", `/agents/${agentId}/changes`)).body["items"];
    expect(changes).toMatchObject([{ action: "requested" }, { action: "approved", actor: { kind: "user" } }]);
  });

  it("has a user with its name, and speaks as that user", async () => {
    await world.until("its user has its name", async () => {
      const { body } = await alice.try("GET", `/profile/${clerk}`);
      return body["displayname"] === "Clerk";
    });
    const token = await makeKey(world.databaseUrl, kek, {
      subject: { kind: "agent", id: "agent:clerk" },
      capabilities: ["chat.message.send", "chat.message.read"],
    });
    asClerk = apiClient(world, token);
    const posted = await asClerk("POST", `/channels/${channelId}/messages`, { text: "Minutes are kept." });
    expect(posted.status, JSON.stringify(posted.body)).toBe(202);
    await eventSaying("Minutes are kept.");
    expect(await membershipOf(alice, roomId, clerk)).toBe("join");
  });

  it("leaves every room when it is revoked, and says no more", async () => {
    const other = await createRoom(alice, { preset: "public_chat", invite: [clerk] });
    await world.until("it entered a room that is not mirrored", async () => {
      const membership = await membershipOf(alice, other, clerk);
      return membership === "join" || membership === "leave";
    });
    const revoked = await asAlice("POST", `/agents/${agentId}/revoke`, { reason: "Done" });
    expect(revoked.status, JSON.stringify(revoked.body)).toBe(200);
    for (const room of [roomId, other]) {
      await world.until(
        `it has left ${room}`,
        async () => (await membershipOf(alice, room, clerk)) === "leave",
      );
    }
    const refused = await asClerk("POST", `/channels/${channelId}/messages`, { text: "One more thing" });
    expect(refused).toMatchObject({ status: 403, body: { code: "subject_inactive", clause: "suspended" } });
    await say(alice, roomId, "Clerk?", { "m.mentions": { user_ids: [clerk] } });
    await inviteTo(alice, roomId, clerk);
    await world.until("it declines", async () => (await membershipOf(alice, roomId, clerk)) === "leave");
    expect(
      (await messages()).some((event) => event["sender"] === clerk && textOf(event).includes("One more")),
    ).toBe(false);
  });
});
