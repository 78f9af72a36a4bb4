import { Direction, type MatrixClient, type MatrixEvent, RoomEvent } from "matrix-js-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, transact } from "../../src/db/index.ts";
import { ensureAgent } from "../../src/domain/governance/index.ts";
import {
  addReaction,
  editMessage,
  findSend,
  redactMessage,
  removeReaction,
} from "../../src/domain/messaging/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { encodeId } from "../../src/kernel/ids.ts";
import { type AgentsRoom, openAgentsRoom } from "../support/agents-room.ts";
import { sendWithoutEcho } from "../support/send-without-echo.ts";

const sofia = "@dao_sofia:localhost";

let world: AgentsRoom;
let database: Database;
let alice: MatrixClient;
let roomId: string;

beforeAll(async () => {
  world = await openAgentsRoom();
  ({ database, alice, roomId } = world);
});

afterAll(() => world.close());

/** What alice's client shows of the room. */
function seen(): MatrixEvent[] {
  return alice.getRoom(roomId)?.getLiveTimeline().getEvents() ?? [];
}

function seenBodies(sender: string): unknown[] {
  return seen()
    .filter((event) => event.getSender() === sender && event.getType() === "m.room.message")
    .map((event) => event.getContent()["body"] as unknown);
}

function answerTo(eventId: string): Promise<MatrixEvent> {
  return new Promise((done) => {
    const look = (event: MatrixEvent) => {
      if (event.getSender() === sofia && event.replyEventId === eventId) {
        alice.off(RoomEvent.Timeline, look);
        done(event);
      }
    };
    alice.on(RoomEvent.Timeline, look);
    for (const event of seen()) look(event);
  });
}

describe("agents in a room of a real Synapse", () => {
  it("71: an agent that posts is let into the room, seen by people under its name, and confirmed by the echo", async () => {
    const sendId = await world.post("hello from Sofia");
    await expect.poll(() => seenBodies(sofia)).toEqual(["hello from Sofia"]);
    await expect.poll(() => world.state(sendId)).toBe("confirmed");
    const event = seen().find((candidate) => candidate.getContent()["body"] === "hello from Sofia");
    expect(event?.getContent()["org.microdao.send"]).toBe(encodeId("m", sendId));
    expect(alice.getRoom(roomId)?.getMember(sofia)?.name).toBe("Sofia");
    const [message] = await world.rows(
      `SELECT matrix_event_id, sender_agent_id::text AS agent FROM messages WHERE id = '${sendId}'`,
    );
    expect(message).toEqual({ matrix_event_id: event?.getId(), agent: world.sofiaId });
  });

  it("the same key posts once, and ten messages come in their order", async () => {
    const idempotency = { scope: "test", key: "once" };
    const [one, two] = await Promise.all([
      world.post("once", { idempotency }),
      world.post("once", { idempotency }),
    ]);
    expect(one).toBe(two);
    for (let number = 0; number < 10; number += 1) await world.post(`number ${number}`);
    const wanted = [
      "hello from Sofia",
      "once",
      ...Array.from({ length: 10 }, (_, number) => `number ${number}`),
    ];
    await expect.poll(() => seenBodies(sofia)).toEqual(wanted);
  });

  it("61: ten agents that speak at once are all heard", async () => {
    const codes = Array.from({ length: 10 }, (_, number) => `choir${number}`);
    const agents = await Promise.all(codes.map((code) => world.newAgent(code, code)));
    await Promise.all(agents.map((agentId, number) => world.post(`voice ${number}`, { agentId })));
    const voices = () => codes.flatMap((code) => seenBodies(`@dao_${code}:localhost`)).toSorted();
    await expect
      .poll(voices, { timeout: 60_000 })
      .toEqual(Array.from({ length: 10 }, (_, number) => `voice ${number}`).toSorted());
  });

  it("an agent that is mentioned answers in place, as a reply", async () => {
    const { event_id } = await alice.sendMessage(roomId, {
      msgtype: "m.text",
      body: "Sofia: what is the plan?",
      "m.mentions": { user_ids: [sofia] },
    } as never);
    const answer = await answerTo(event_id);
    expect(answer.getContent()["body"]).toContain("“Sofia: what is the plan?”");
    expect(answer.getContent()["m.mentions"]).toEqual({ user_ids: ["@alice:localhost"] });
    await expect
      .poll(() => world.rows(`SELECT status FROM agent_runs WHERE trigger_event_id = '${event_id}'`))
      .toEqual([{ status: "completed" }]);
  });

  it("76: asked in a thread, it answers in the thread", async () => {
    const root = await alice.sendMessage(roomId, { msgtype: "m.text", body: "a thread begins" } as never);
    const question = await sendWithoutEcho(alice, roomId, {
      msgtype: "m.text",
      body: "and here?",
      "m.mentions": { user_ids: [sofia] },
      "m.relates_to": {
        rel_type: "m.thread",
        event_id: root.event_id,
        is_falling_back: true,
        "m.in_reply_to": { event_id: root.event_id },
      },
    });
    const answer = await answerTo(question);
    expect(answer.getWireContent()["m.relates_to"]).toMatchObject({
      rel_type: "m.thread",
      event_id: root.event_id,
      is_falling_back: false,
    });
  });

  it("74, 77 and 78: people see the edits, reactions and redactions of an agent, and the mirror records each once", async () => {
    const sendId = await world.post("helo");
    const target = { messageId: sendId, agentId: world.sofiaId };
    await transact(database, bridgeActor, async (tx) => {
      await editMessage(tx, { ...target, body: { text: "hello" } });
      await editMessage(tx, { ...target, body: { text: "hello, all" } });
      await addReaction(tx, { ...target, key: "👍" });
      await addReaction(tx, { ...target, key: "🎉" });
      await removeReaction(tx, { ...target, key: "🎉" });
    });
    const shown = () => seen().find((event) => event.getWireContent()["body"] === "helo");
    await expect.poll(() => shown()?.getContent()["body"] as unknown).toBe("hello, all");
    const reactions = () =>
      alice
        .getRoom(roomId)
        ?.relations.getChildEventsForEvent(shown()?.getId() ?? "", "m.annotation", "m.reaction")
        ?.getSortedAnnotationsByKey()
        ?.filter(([, events]) => events.size > 0)
        .map(([key, events]) => [key, [...events].map((event) => event.getSender())]);
    await expect.poll(reactions).toEqual([["👍", [sofia]]]);
    const states = `SELECT DISTINCT state FROM matrix.sends WHERE message_id = '${sendId}'`;
    await expect.poll(() => world.rows(states)).toEqual([{ state: "confirmed" }]);
    const mirrored = `
      SELECT content_preview AS preview,
             (SELECT count(*)::int FROM matrix.edits e WHERE e.target_event_id = m.matrix_event_id) AS edits,
             (SELECT array_agg(key) FROM matrix.reactions r
               WHERE r.target_event_id = m.matrix_event_id AND NOT r.redacted) AS reactions
        FROM messages m WHERE id = '${sendId}'`;
    expect(await world.rows(mirrored)).toEqual([{ preview: "hello, all", edits: 2, reactions: ["👍"] }]);
    // Made behind the bridge's back: the homeserver refuses the second one.
    await database.db.$executeRawUnsafe(`UPDATE matrix.reactions SET key = 'x' WHERE key = '👍'`);
    const twice = await transact(database, bridgeActor, (tx) => addReaction(tx, { ...target, key: "👍" }));
    await expect.poll(() => world.state(twice?.sendId ?? "")).toBe("confirmed");
    const redaction = await transact(database, bridgeActor, (tx) =>
      redactMessage(tx, { ...target, reason: "enough", othersAllowed: false }),
    );
    await expect.poll(() => shown()?.isRedacted() ?? true).toBe(true);
    await expect.poll(() => world.state(redaction?.sendId ?? "")).toBe("confirmed");
    expect(await world.rows(`SELECT kind FROM messages WHERE id = '${sendId}'`)).toEqual([
      { kind: "redacted" },
    ]);
  });

  it("43: an agent that nobody has registered yet can be invited, because Synapse asks for it", async () => {
    const blueprint = { code: "assistant", model: "echo" };
    const agent = await transact(database, bridgeActor, (tx) =>
      ensureAgent(tx, {
        code: "mira",
        name: "Mira",
        kind: "assistant",
        microdaoId: world.microdaoId,
        blueprint,
      }),
    );
    await alice.invite(roomId, "@dao_mira:localhost");
    await expect
      .poll(
        () => world.rows(`SELECT membership FROM channel_members WHERE member_agent_id = '${agent.id}'`),
        {
          timeout: 30_000,
        },
      )
      .toEqual([{ membership: "join" }]);
  });

  it("63: an answer that was lost, and a Synapse that restarted before the next try, make no second message", async () => {
    // Nothing comes back by a transaction either.
    world.towardsBridge.state.isCut = true;
    world.towardsSynapse.cutOnce(/\/send\/m\.room\.message\/md\./);
    const sendId = await world.post("exactly once");
    await expect.poll(() => world.towardsSynapse.waiting()).toBe(0);
    await world.synapse.kill();
    await world.synapse.restart();
    await expect.poll(() => world.state(sendId), { timeout: 90_000 }).toBe("sent");
    expect(world.towardsSynapse.count(new RegExp(`^PUT .*/md\\.${sendId}`))).toBe(1);
    expect(world.towardsSynapse.count(/^GET .*\/messages\?/)).toBeGreaterThan(0);
    world.towardsBridge.state.isCut = false;
    // Synapse pushes what it kept as soon as something new happens.
    await alice.sendMessage(roomId, { msgtype: "m.text", body: "are you there?" } as never);
    await expect.poll(() => world.state(sendId)).toBe("confirmed");
    const { chunk } = await alice.createMessagesRequest(roomId, null, 50, Direction.Backward);
    const bodies = chunk.map(({ content }) => (content as Record<string, unknown>)["body"]);
    expect(bodies.filter((body) => body === "exactly once")).toHaveLength(1);
  });

  it("71 and 103: an agent that was banned stays silent, and its message says why", async () => {
    await alice.ban(roomId, sofia, "enough");
    const sendId = await world.post("may I?");
    await expect.poll(() => world.state(sendId)).toBe("failed");
    expect(await findSend(database.db, sendId)).toMatchObject({ lastErrorCode: "M_FORBIDDEN" });
    expect(seenBodies(sofia)).not.toContain("may I?");
  });
});
