import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { askByReaction, defaultPolicy } from "../../src/domain/agents/index.ts";
import { ensureAgent, setAgentMatrixId } from "../../src/domain/governance/index.ts";
import { refreshListening } from "../../src/domain/messaging/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { ingestEvents } from "../../src/matrix/ingest/index.ts";
import { recordStatements } from "../http/count-statements.ts";
import {
  alice,
  bob,
  editOf,
  type MatrixEvent,
  member,
  messageWith,
  room,
  sofia,
  state,
  text,
} from "../support/matrix-events.ts";
import { takeRuns } from "../support/take-runs.ts";
import { openWorld, type World } from "../support/world.ts";

const otto = "@dao_otto:test";
let world: World;
let ottoId: string;

beforeEach(async () => {
  world = await openWorld({ triggerMaxAgeMs: 3_600_000 });
  ottoId = await transact(world.database, bridgeActor, async (tx) => {
    const blueprint = { code: "test", model: "echo" };
    const agent = await ensureAgent(tx, { code: "otto", name: "Otto", kind: "assistant", blueprint });
    await setAgentMatrixId(tx, agent.id, otto);
    return agent.id;
  });
  await world.push([alice, bob, sofia, otto].map((who) => member(who, "join")));
});
afterEach(() => world.close());

const now = () => ({ origin_server_ts: Date.now() });
const say = (body: string, over: Partial<MatrixEvent> = {}, content: object = {}) =>
  messageWith({ msgtype: "m.text", body, ...content }, { ...now(), ...over });
const mentioning = (who: string, over: Partial<MatrixEvent> = {}, content: object = {}) =>
  say("x", over, { "m.mentions": { user_ids: [who] }, ...content });

async function settle(columns: Record<string, string>, agentId = world.agentId): Promise<void> {
  const names = Object.keys(columns);
  await world.rows(
    `INSERT INTO agent_channel_settings (agent_id, channel_id, ${names.join(", ")})
     VALUES ($1::uuid, $2::uuid, ${Object.values(columns).join(", ")})`,
    agentId,
    world.channelId,
  );
  await transact(world.database, bridgeActor, (tx) => refreshListening(tx, world.channelId));
}
const asked = async () =>
  (await takeRuns(world)).map(({ agentId, kind }) => `${agentId === ottoId ? "otto" : "sofia"} ${kind}`);

describe("triggers", () => {
  it("a command names its agent by its code; others, and the bridge's, ask nobody", async () => {
    await world.push([
      say("!sofia what is due?"),
      say("!OTTO hello"),
      say("!somebody x"),
      say("!dao help"),
      say("sofia"),
    ]);
    expect(await asked()).toEqual(["sofia command", "otto command"]);
    await settle({ on_command: "false" });
    await world.push([say("!sofia again")]);
    expect(await asked()).toEqual([]);
  });

  it("keywords and names count where the channel's settings say so, for new messages of people only", async () => {
    await settle({ keywords: `'{"build failed"}'`, on_name: "true" });
    const first = say("the BUILD FAILED again");
    await world.push([first, say("rebuild failed"), say("dear Sofia"), say("nothing")]);
    expect(await asked()).toEqual(["sofia keyword", "sofia mention"]);
    const event = say("build failed, read back");
    await world.push([
      editOf(first, "build failed", now()),
      say("build failed", {}, { msgtype: "m.notice" }),
      say("build failed", { sender: otto }),
      say("build failed", { origin_server_ts: Date.now() - 7_200_000 }),
    ]);
    await ingestEvents(world.deps, [event], { source: "backfill", txnId: null });
    expect(await asked()).toEqual([]);
    await world.push([event, event]);
    await world.push([event]);
    expect(await asked()).toEqual(["sofia keyword"]);
  });

  it("in a room with one person and one agent everything asks, until somebody else comes", async () => {
    const other = "!direct:test";
    await world.link(other);
    const there = { room_id: other };
    await world.push([member(alice, "join", there), member(sofia, "join", there)]);
    await world.push([say("hello", there)]);
    expect(await asked()).toEqual(["sofia direct"]);
    await world.push([member(bob, "join", there), say("hello", there)]);
    expect(await asked()).toEqual([]);
    await world.push([member(bob, "leave", there)]);
    await world.push([say("hello", there)]);
    expect(await asked()).toEqual(["sofia direct"]);
    await world.push([member(otto, "join", there)]);
    await world.push([say("hello", there)]);
    expect(await asked()).toEqual([]);
  });

  it("where only members of the microDAO may ask, nobody else can", async () => {
    await settle({ who: "'members'" });
    await world.push([mentioning(sofia, { sender: bob }), mentioning(sofia, { sender: alice })]);
    expect(await takeRuns(world)).toMatchObject([{ asker: alice }]);
  });

  it("agents ask agents only by mention and only where that is allowed, and hops are counted", async () => {
    const cause = { "org.microdao.cause": { run: "run_x", cause: "$first", hop: 3 } };
    await world.push([mentioning(otto, { sender: sofia }, cause)]);
    expect(await asked()).toEqual([]);
    await settle({ answers_agents: "true" }, ottoId);
    const reply = { "m.relates_to": { "m.in_reply_to": { event_id: "$x" } } };
    await world.push([
      mentioning(otto, { sender: sofia }, cause),
      mentioning(sofia, { sender: sofia }),
      say("!otto x", { sender: sofia }),
      say("x", { sender: sofia }, reply),
    ]);
    expect(await takeRuns(world)).toMatchObject([{ agentId: ottoId, kind: "mention", hop: 4, asker: sofia }]);
  });

  it("what a person's event claims about its cause is not believed", async () => {
    const forged = { "org.microdao.cause": { run: "run_x", cause: "$first", hop: 1000 } };
    await world.push([mentioning(sofia, {}, forged)]);
    expect(await takeRuns(world)).toMatchObject([{ hop: 0, status: "queued" }]);
  });

  it("a reaction asks the agents that the channel's settings name it for, once", async () => {
    await settle({ reaction_keys: "'{🧠}'" });
    const said = say("an idea");
    await world.push([said]);
    const reaction = {
      roomId: room,
      channelId: world.channelId,
      reactionEventId: "$reaction",
      targetEventId: said.event_id,
      key: "🧠",
      sender: alice,
    };
    const react = (key: string) =>
      transact(world.database, bridgeActor, (tx) => askByReaction(tx, { ...reaction, key }, defaultPolicy));
    expect([await react("🧠"), await react("🧠"), await react("👍")]).toEqual([true, true, false]);
    expect(await takeRuns(world)).toMatchObject([
      { kind: "reaction", key: "$reaction", eventId: said.event_id },
    ]);
  });

  it("who is not in the channel asks nobody, whatever a homeserver pushes; who comes back does", async () => {
    const eve = "@eve:elsewhere.test";
    await settle({ keywords: "'{plan}'", reaction_keys: "'{🧠}'", on_direct: "true" });
    const said = say("well?", { sender: alice });
    await world.push([said]);
    const forged = () => [
      mentioning(sofia, { sender: eve }),
      say("!sofia hello", { sender: eve }),
      say("the plan", { sender: eve }),
      mentioning(sofia, { sender: bob }),
    ];
    for (const membership of ["leave", "ban", "invite", "knock"] as const) {
      await world.push([member(bob, membership)]);
      await world.push(forged());
      expect(await asked(), membership).toEqual([]);
    }
    const reaction = { roomId: room, channelId: world.channelId, targetEventId: said.event_id, key: "🧠" };
    const react = (sender: string) =>
      transact(world.database, bridgeActor, (tx) =>
        askByReaction(tx, { ...reaction, reactionEventId: `$by${sender}`, sender }, defaultPolicy),
      );
    expect([await react(eve), await react(bob), await react(alice)]).toEqual([false, false, true]);
    expect(await asked()).toEqual(["sofia reaction"]);
    await world.push([member(bob, "join"), mentioning(sofia, { sender: bob })]);
    expect(await asked()).toEqual(["sofia mention"]);
  });

  it("while a room is being linked nobody knows who is in it, and everybody may ask", async () => {
    await world.rows(`UPDATE matrix.rooms SET status = 'joining' WHERE room_id = $1`, room);
    await world.push([mentioning(sofia, { sender: "@carol:test" })]);
    expect(await asked()).toEqual(["sofia mention"]);
  });

  it.each(["encrypted rooms", "confidential teams"])(
    "%s ask nobody, whatever their settings",
    async (which) => {
      await settle({ keywords: "'{plan}'", reaction_keys: "'{🧠}'" });
      if (which === "encrypted rooms") {
        await world.push([state("m.room.encryption", { algorithm: "m.megolm.v1.aes-sha2" }, now())]);
      } else {
        await world.rows(
          `WITH team AS (INSERT INTO teams (id, name, slug, mode, microdao_id)
                       VALUES ('t_00000000000000000000000000', 'Board', 'board', 'confidential', $1::uuid) RETURNING id)
         UPDATE channels SET team_id = team.id FROM team WHERE channels.id = $2::uuid`,
          world.microdaoId,
          world.channelId,
        );
      }
      const said = say("plan");
      await world.push([said, say("!sofia x"), mentioning(sofia)]);
      const reaction = {
        roomId: room,
        channelId: world.channelId,
        reactionEventId: "$reaction",
        targetEventId: said.event_id,
        key: "🧠",
        sender: alice,
      };
      await transact(world.database, bridgeActor, (tx) => askByReaction(tx, reaction, defaultPolicy));
      expect(await asked()).toEqual([]);
    },
  );

  it("a batch that concerns no agent costs no statement more", async () => {
    const count = async (events: readonly MatrixEvent[]) => {
      const before = recordStatements().length;
      await world.push(events);
      return recordStatements().length - before;
    };
    await count([text("warm", now())]);
    const plain = await count([text("plain", now())]);
    const asking = await count([mentioning(sofia)]);
    expect(asking).toBeGreaterThan(plain);
    expect(await count([text("plain", now()), text("again", now())])).toBe(plain);
  });
});

describe("budgets", () => {
  it("who asks too often is answered no more for a while, and told so once", async () => {
    const events = Array.from({ length: 30 }, () => mentioning(sofia));
    await world.push(events.slice(0, 15));
    await world.push(events.slice(15));
    await world.push(events);
    await world.push([mentioning(sofia)]);
    const runs = await takeRuns(world);
    expect(runs.filter(({ status }) => status === "queued")).toHaveLength(20);
    expect(runs.filter(({ status }) => status === "cancelled")).toHaveLength(11);
    const said = await world.rows<{ content: { msgtype: string; body: string } }>(
      "SELECT content FROM matrix.sends",
    );
    expect(said.map(({ content }) => content)).toMatchObject([
      {
        msgtype: "m.notice",
        body: "I was asked by the same one 20 times within 60 seconds. I rest for 60 seconds.",
      },
    ]);
  });

  it("a chain of agents that is too long ends, and says so", async () => {
    await settle({ answers_agents: "true" }, ottoId);
    const hops = (hop: number) =>
      mentioning(otto, { sender: sofia }, { "org.microdao.cause": { run: "run_x", cause: "$first", hop } });
    await world.push([hops(defaultPolicy.hopLimit - 1), hops(defaultPolicy.hopLimit)]);
    expect(await takeRuns(world)).toMatchObject([{ status: "queued" }, { status: "cancelled" }]);
    expect(await world.rows("SELECT content ->> 'body' AS body FROM matrix.sends")).toEqual([
      { body: "Agents have asked one another 30 times in a row. I stop here." },
    ]);
  });
});
