import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { erasePerson, findPerson, indexMessages } from "../../src/domain/messaging/index.ts";
import { agentTraces } from "../../src/domain/runtime/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { dropLettersOf, dropOldLetters } from "../../src/matrix/ingest/index.ts";
import {
  alice,
  editOf,
  type MatrixEvent,
  member,
  reactionTo,
  sofia,
  text,
} from "../support/matrix-events.ts";
import { plantedColumns, plantRun, type RunToPlant } from "../support/run-traces.ts";
import { tablesWith } from "../support/tables-with.ts";
import { openWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

let made = 0;
const word = () => `tapir${String((made += 1)).padStart(4, "0")}`;

async function push(events: readonly unknown[]): Promise<void> {
  expect((await world.push(events)).statusCode).toBe(200);
}

/** Everything that a person leaves in two rooms, with one word in all of it. */
async function storyOf(marker: string, person: string): Promise<{ events: unknown[]; channels: string[] }> {
  const rooms = [`!${marker}a:test`, `!${marker}b:test`].map((id) => id.replace(marker, String((made += 1))));
  const channels = await Promise.all(rooms.map((roomId) => world.link(roomId)));
  const events = rooms.flatMap((roomId): unknown[] => {
    const over = { room_id: roomId, sender: person };
    const said = text(`${marker} said`, over);
    const others = text("what alice says", { room_id: roomId });
    const profile = { displayname: marker, avatar_url: `mxc://test/${marker}` };
    return [
      member(person, "join", { room_id: roomId, profile }),
      said,
      others,
      editOf(said, `${marker} edited`, over),
      reactionTo(others, marker, over),
      editOf(others, `${marker} forged`, over),
      { ...text(`${marker} broken`, over), origin_server_ts: "never" },
    ];
  });
  return { events, channels };
}

describe("erasing a person", () => {
  it("leaves no word of theirs and no name, keeps what others said, and says what was found", async () => {
    const [marker, person] = [word(), "@eve:test"];
    const { events } = await storyOf(marker, person);
    await push(events);
    const dry = await findPerson(world.database, person, agentTraces);
    expect(dry.found).toMatchObject({
      messages: 2,
      edits: 4,
      reactions: 2,
      memberEvents: 2,
      channelMembers: 2,
      profiles: 1,
    });
    expect(await dropLettersOf(world.database, person, { onlyCount: true })).toBe(2);
    await transact(world.database, bridgeActor, (tx) => indexMessages(tx, 500));
    const before = await tablesWith(world.database, marker);
    expect(before).toEqual(expect.arrayContaining(["matrix.inbox.raw", "matrix.search_words.words"]));

    expect(await dropLettersOf(world.database, person, { onlyCount: false })).toBe(2);
    const { found, left } = await erasePerson(world.database, bridgeActor, person, agentTraces);
    expect(found).toEqual(dry.found);
    expect(new Set(Object.values(left))).toEqual(new Set([0]));
    expect(await tablesWith(world.database, marker)).toEqual([]);
    expect(await tablesWith(world.database, "what alice says")).toContain("public.messages.content_preview");

    const again = await erasePerson(world.database, bridgeActor, person, agentTraces);
    expect(new Set(Object.values(again.found))).toEqual(new Set([0]));
    const audited = await world.rows("SELECT 1 FROM audit_log WHERE action = 'person.erased'");
    expect(audited).toHaveLength(2);
  });

  it("takes what agents were asked by them, noted and remember because of it, and nothing of what others asked", async () => {
    const [marker, other, person] = [word(), word(), "@judy:test"];
    const roomId = `!agents${String((made += 1))}:test`;
    const channelId = await world.link(roomId);
    const [theirs, others] = [text("x", { room_id: roomId, sender: person }), text("y", { room_id: roomId })];
    await push([theirs, others]);
    const userId = (await findPerson(world.database, person, agentTraces)).userId;
    const plant = (words: string, run: Partial<RunToPlant> & { key: string }) =>
      plantRun(world.database, { words, agentId: world.agentId, channelId, ...run });
    const asked = await plant(marker, { key: theirs.event_id, eventId: theirs.event_id, asker: person });
    // Somebody else reacts to what they said, they react to what somebody else said, and one agent asks another.
    await plant(marker, { kind: "reaction", key: "$r1", eventId: theirs.event_id, asker: alice });
    await plant(marker, { kind: "reaction", key: "$r2", eventId: others.event_id, asker: person });
    const chain = { hop: 1, causation: "$r2", eventId: "$by-agent", asker: sofia } as const;
    await plant(marker, { ...chain, key: "$by-agent", status: "started" });
    const open = await plant(marker, { key: "$open", eventId: "$open", asker: person, status: "queued" });
    await plant(other, { key: others.event_id, eventId: others.event_id, asker: alice });

    const dry = await findPerson(world.database, person, agentTraces);
    expect(dry.found).toMatchObject({ memories: 5, runs: 5, toolCalls: 5, schedules: 0 });
    expect(await tablesWith(world.database, marker)).toEqual(plantedColumns);
    const { found, left } = await erasePerson(world.database, bridgeActor, person, agentTraces);
    expect(found).toEqual(dry.found);
    expect(new Set(Object.values(left))).toEqual(new Set([0]));
    expect(await tablesWith(world.database, marker)).toEqual([]);
    expect(await tablesWith(world.database, other)).toEqual(plantedColumns);
    const ended = await world.rows("SELECT id, status FROM agent_runs WHERE id = ANY($1::text[])", [
      asked,
      open,
    ]);
    expect(ended).toEqual([
      { id: asked, status: "completed" },
      { id: open, status: "cancelled" },
    ]);
    const audited = await world.rows(
      "SELECT 1 FROM audit_log WHERE resource_id = $1 AND data #>> '{found,memories}' = '5'",
      userId,
    );
    expect(audited).toHaveLength(1);
  });

  it("does not come back with history, in any order, and what they say afterwards is theirs again", async () => {
    const [marker, person] = [word(), "@ivan:test"];
    const { events } = await storyOf(marker, person);
    // Nobody has met this person yet; the erasure comes first.
    expect(await findPerson(world.database, person, agentTraces)).toMatchObject({ userId: null });
    await erasePerson(world.database, bridgeActor, person, agentTraces);
    await push(
      events.toReversed().filter((event) => typeof (event as MatrixEvent).origin_server_ts === "number"),
    );
    expect(await tablesWith(world.database, marker)).toEqual([]);
    const [later, roomId] = [word(), (events[0] as MatrixEvent).room_id];
    const after = Date.now() + 60_000;
    await push([
      member(person, "join", { room_id: roomId, profile: { displayname: later }, origin_server_ts: after }),
      text(`${later} again`, { room_id: roomId, sender: person, origin_server_ts: after }),
    ]);
    expect(await tablesWith(world.database, later)).toEqual([
      "matrix.member_events.display_name",
      "public.channel_members.display_name",
      "public.messages.content_preview",
      "public.users.display_name",
    ]);
  });

  it("cut off after its mark was set is finished by doing it again", async () => {
    const [marker, person] = [word(), "@mallory:test"];
    const { events } = await storyOf(marker, person);
    await push(events.slice(0, 6));
    await world.rows("UPDATE users SET erased_at = now() WHERE matrix_id = $1", person);
    await erasePerson(world.database, bridgeActor, person, agentTraces);
    expect(await tablesWith(world.database, marker)).toEqual([]);
  });

  it("is refused for agents and for what is no Matrix id", async () => {
    await expect(erasePerson(world.database, bridgeActor, sofia, agentTraces)).rejects.toMatchObject({
      code: "agent_not_erased",
    });
    await expect(erasePerson(world.database, bridgeActor, "alice", agentTraces)).rejects.toMatchObject({
      code: "matrix_id_invalid",
    });
    expect((await findPerson(world.database, alice, agentTraces)).userId).not.toBeNull();
  });
});

describe("dead letters", () => {
  it("are dropped with their content once they are older than their window, and no others", async () => {
    const [old, young] = [word(), word()];
    for (const marker of [old, young]) await push([{ ...text(marker), origin_server_ts: "never" }]);
    await world.rows(
      "UPDATE matrix.inbox SET received_at = received_at - interval '31 days' WHERE position($1 IN encode(raw, 'escape')) > 0",
      old,
    );
    const before = new Date(Date.now() - 30 * 86_400_000);
    expect(await dropOldLetters(world.database, before)).toBe(1);
    expect(await dropOldLetters(world.database, before)).toBe(0);
    expect(await tablesWith(world.database, old)).toEqual([]);
    expect(await tablesWith(world.database, young)).toEqual(["matrix.inbox.raw"]);
  });
});
