import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { echoModel } from "../../src/adapters/llm/echo.ts";
import { openPresence, transact } from "../../src/db/index.ts";
import {
  cancelRun,
  claimRuns,
  completeRun,
  defaultPolicy,
  type LanguageModel,
  performRun,
  resumeRun,
  takeBackRuns,
  tendAgents,
  workerLeaseMs,
} from "../../src/domain/agents/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { declareError } from "../../src/kernel/errors.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { type OpenTestDatabase, openTestDatabase } from "../egress/egress-database.ts";
import { at, minutes } from "../egress/egress-world.ts";
import { openRunsWorld, type RunsWorld } from "./runs-world.ts";

let test: OpenTestDatabase;
let world: RunsWorld;

beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  world = await openRunsWorld(test.database);
});
afterEach(() => world.close());

const modelAway = declareError<object>("model_away", "unavailable", () => "The model is away.");
const modelBusy = declareError<{ readonly retryAfterMs: number }>(
  "model_busy",
  "unavailable",
  () => "The model is busy.",
);
/** A model that only fails. */
function failing(error: Error): LanguageModel {
  return {
    name: "x",
    writes: "text",
    stream: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) }),
  };
}
const away = failing(modelAway({}));
const later = () => at(world, minutes(1));
const usage = { inputTokens: 1, outputTokens: 2 };

describe("an agent that is spoken to", () => {
  it("answers the message once, as itself, however often it is asked", async () => {
    const asked = await world.ask("$question");
    await world.queue(asked, asked);
    await world.queue(asked);
    expect(await world.work()).toEqual(["completed"]);
    expect(await world.work()).toEqual([]);
    await world.deliver();
    const [message, ...more] = world.fake.messages(world.place.roomId);
    expect(more).toEqual([]);
    const [run] = await world.runs();
    expect(message).toMatchObject({
      sender: "@dao_sofia:test",
      content: {
        msgtype: "m.text",
        body: expect.stringContaining("“what is the plan?”") as string,
        "m.relates_to": { "m.in_reply_to": { event_id: "$question" } },
        "m.mentions": { user_ids: ["@alice:test"] },
        "org.microdao.cause": { run: run?.id, cause: "$question", hop: 0 },
      },
    });
    expect(await world.topics()).toEqual(["agent.run.started", "agent.run.completed"]);
    expect(world.typing).toEqual(["@dao_sofia:test on", "@dao_sofia:test off"]);
  });

  it("a run is a row with ids, and what was asked is in none of it", async () => {
    await world.queue(await world.ask("$question"));
    await world.work();
    expect(await world.runs()).toMatchObject([
      {
        status: "completed",
        model: "echo",
        input: { trigger_event_id: "$question", sender: "@alice:test" },
        output: { message_id: expect.stringMatching(/^m_/) as string },
        asker: "@alice:test",
        attempts: 1,
        lease_token: null,
      },
    ]);
    const told = await world.sql(`SELECT payload FROM outbox_events`);
    expect(
      JSON.stringify([await world.runs(), told], (_, value: unknown) =>
        typeof value === "bigint" ? String(value) : value,
      ),
    ).not.toContain("plan?");
  });

  it("answers in the thread that it was asked in", async () => {
    await world.ask("$root");
    await world.queue(await world.ask("$inside", { threadRoot: "$root" }));
    await world.work();
    const [row] = await world.sql<{ content: object }>(`SELECT content FROM matrix.sends`);
    expect(row?.content).toMatchObject({
      "m.relates_to": {
        rel_type: "m.thread",
        event_id: "$root",
        is_falling_back: false,
        "m.in_reply_to": { event_id: "$inside" },
      },
    });
  });

  it("is silent about what was redacted, and while it is suspended", async () => {
    await world.queue(await world.ask("$redacted"));
    await world.sql(`UPDATE messages SET redacted_at = now()`);
    expect(await world.work()).toEqual([]);
    await world.queue(await world.ask("$suspended"));
    await world.sql(`UPDATE agents SET status = 'suspended' WHERE id = $1::uuid`, world.sofia);
    expect(await world.work()).toEqual([]);
    expect(await world.runs()).toMatchObject([
      { status: "cancelled", error: "question_withdrawn" },
      { status: "cancelled", error: "agent_not_active" },
    ]);
    expect(world.typing).toEqual([]);
    expect(await world.topics()).toEqual(["agent.run.cancelled", "agent.run.cancelled"]);
  });

  it("takes part in one session, and in a new one after a pause", async () => {
    await world.queue(await world.ask("$one"), await world.ask("$two"));
    await world.work();
    await world.work();
    await world.queue(await world.ask("$three"));
    await world.work(echoModel, at(world, minutes(31)));
    const [one, two, three] = (await world.runs()).map(({ session_id }) => session_id);
    expect(one).toBe(two);
    expect(three).not.toBe(one);
    const sessions = await world.sql(`SELECT status FROM agent_sessions ORDER BY started_at`);
    expect(sessions).toEqual([{ status: "closed" }, { status: "active" }]);
  });
});

describe("a run that does not work", () => {
  it("is tried three times when the model is away, and the room is told once", async () => {
    await world.queue(await world.ask("$question"));
    expect(await world.work(away)).toEqual(["again"]);
    expect(await world.work(away)).toEqual([]);
    expect(await world.work(away, later())).toEqual(["again"]);
    expect(await world.work(away, at(world, minutes(2)))).toEqual(["failed"]);
    expect(await world.runs()).toMatchObject([{ status: "failed", error: "model_away", attempts: 3 }]);
    expect(await world.topics()).toEqual(["agent.run.started", "agent.run.failed"]);
    await world.deliver({ database: at(world, minutes(2)) });
    expect(world.fake.messages(world.place.roomId)).toMatchObject([
      {
        content: {
          msgtype: "m.notice",
          body: "I could not answer this: The model is away.",
          "m.relates_to": { "m.in_reply_to": { event_id: "$question" } },
        },
      },
    ]);
  });

  it("is not tried again sooner than the provider of the model wishes", async () => {
    await world.queue(await world.ask("$question"));
    expect(await world.work(failing(modelBusy({ retryAfterMs: 300_000 })))).toEqual(["again"]);
    expect(await world.claim({ database: at(world, minutes(4.9)) })).toEqual([]);
    expect(await world.claim({ database: at(world, minutes(5.1)) })).toHaveLength(1);
    expect(await world.sql(`SELECT 1 FROM matrix.sends`)).toEqual([]);
  });

  it("ends when that is too long to wait for, and the room is told when to ask again", async () => {
    await world.queue(await world.ask("$question"));
    expect(await world.work(failing(modelBusy({ retryAfterMs: 3_600_000 })))).toEqual(["failed"]);
    expect(await world.sql(`SELECT content ->> 'body' AS body FROM matrix.sends`)).toEqual([
      { body: "I could not answer this: The model is busy. Please ask again in 60 minutes." },
    ]);
  });

  it("blocks what is asked after it in the channel, and nothing elsewhere", async () => {
    const other = await world.addChannel("other");
    await world.queue(
      await world.ask("$one"),
      await world.ask("$two"),
      await world.ask("$three", { place: other }),
    );
    expect(await world.work(away)).toEqual(["again", "again"]);
    expect(await world.claim()).toEqual([]);
    const claimed = await world.claim({ database: later() });
    expect(claimed.map(({ trigger }) => trigger.eventId)).toEqual(["$one", "$three"]);
  });

  it("while it waits for a person, others are answered, its own talk waits, and nothing is answered beside another", async () => {
    const until = new Date(world.database.clock.now().getTime() + 600_000);
    const parking = { run: () => Promise.resolve({ is: "waiting", until } as const) };
    const bob = { asker: "@bob:test" };
    const [waiting] = await world.queue(await world.ask("$one"));
    expect(await world.work(parking)).toEqual(["waiting"]);
    await world.queue(await world.ask("$two"), await world.ask("$bob", bob), await world.ask("$bob2", bob));
    await world.queue(await world.ask("$thread", { threadRoot: "$root" }));
    const complete = (run: { readonly runId: string; readonly leaseToken: string }) =>
      transact(world.database, bridgeActor, (tx) => completeRun(tx, { ...run, output: {}, usage }));
    const claimed = await world.claim();
    expect(claimed.map(({ trigger }) => trigger.eventId)).toEqual(["$bob"]);
    await transact(world.database, bridgeActor, (tx) => resumeRun(tx, waiting!));
    // Its turn comes when the one that is being answered has ended.
    expect(await world.claim()).toEqual([]);
    await complete(claimed[0]!);
    const order: (string | null)[] = [];
    while (order.length < 4) {
      const [run] = await world.claim();
      order.push(run!.trigger.eventId);
      await complete(run!);
    }
    expect(order).toEqual(["$one", "$two", "$bob2", "$thread"]);
  });

  it("a bug ends it, and the room and the row say no more of it than that it is one", async () => {
    const broken = failing(new TypeError("secret plan"));
    await world.queue(await world.ask("$bug"));
    expect(await world.work(broken)).toEqual(["failed"]);
    expect(await world.runs()).toMatchObject([{ status: "failed", error: "bug" }]);
    expect(JSON.stringify(await world.sql(`SELECT content FROM matrix.sends`))).not.toContain("secret");
  });

  it("an encrypted channel hears nothing, not even that it failed", async () => {
    await world.queue(await world.ask("$encrypted"));
    await world.sql(`UPDATE channels SET encrypted = true`);
    expect(await world.work()).toEqual([]);
    expect(await world.runs()).toMatchObject([{ status: "failed", error: "channel_encrypted" }]);
    expect(await world.sql(`SELECT 1 FROM matrix.sends`)).toEqual([]);
  });

  it("a question that is withdrawn while it is thought about gets no answer", async () => {
    await world.queue(await world.ask("$question"));
    await world.work(away);
    await world.sql(`UPDATE messages SET redacted_at = now()`);
    expect(await world.work(echoModel, later())).toEqual([]);
    expect(await world.runs()).toMatchObject([{ status: "cancelled", error: "question_withdrawn" }]);
  });
});

describe("holding a run", () => {
  it("one whose holder died is taken up by another, and the first can end it no more", async () => {
    await world.queue(await world.ask("$question"));
    const [first] = await world.claim({ leaseMs: 1_000 });
    expect(await world.claim()).toEqual([]);
    const [second] = await world.claim({ database: later() });
    expect(second).toMatchObject({ runId: first?.runId, attempts: 2 });
    const end = (run: typeof first) =>
      transact(world.database, bridgeActor, (tx) =>
        completeRun(tx, { runId: run?.runId ?? "", leaseToken: run?.leaseToken ?? "", output: {}, usage }),
      );
    expect(await end(first)).toBe(false);
    expect(await end(second)).toBe(true);
    expect(await end(second)).toBe(false);
    expect(await world.topics()).toEqual(["agent.run.started", "agent.run.completed"]);
  });

  it.runIf(inject("nativeServer") !== null)(
    "one whose process has died is taken up at once, but not one that was prolonged a moment ago, or whose process lives",
    async () => {
      const lives = await openPresence({ url: test.url, name: "host:1", log: silentLog });
      const holders = {
        $dead: "host:2#77",
        $lives: lives.holder,
        $beating: "host:3#78",
        $program: "somebody",
      };
      for (const [key, holder] of Object.entries(holders)) {
        const place = await world.addChannel(`of-${holder.replace(/\W/g, "-")}`);
        await world.queue(await world.ask(key, { place }));
        await transact(world.database, bridgeActor, (tx) =>
          claimRuns(tx, {
            runtime: "builtin",
            limit: 1,
            leaseMs: key === "$beating" ? workerLeaseMs : workerLeaseMs - 2_000,
            worker: holder,
          }),
        );
      }
      expect(await transact(world.database, bridgeActor, takeBackRuns)).toBe(1);
      expect(await world.claim()).toMatchObject([{ trigger: { eventId: "$dead" }, attempts: 2 }]);
      await lives.close();
    },
  );

  it("one that kills its holders three times has failed, and the room is told", async () => {
    await world.queue(await world.ask("$question"));
    for (const minute of [0, 1, 2])
      expect(await world.claim({ database: at(world, minutes(minute)) })).toHaveLength(1);
    expect(await world.claim({ database: at(world, minutes(3)) })).toEqual([]);
    expect(await world.runs()).toMatchObject([{ status: "failed", error: "interrupted" }]);
    const [said] = await world.sql<{ content: { body: string } }>(`SELECT content FROM matrix.sends`);
    expect(said?.content.body).toContain("interrupted");
  });

  it("limits hold: one at a time in a channel, so many of an agent, so many of a model", async () => {
    const places = await Promise.all(Array.from({ length: 6 }, (_, n) => world.addChannel(`room${n}`)));
    const bob = await world.addAgent("bob");
    for (const [n, place] of places.entries()) {
      await world.queue(
        await world.ask(`$a${n}`, { place }),
        await world.ask(`$b${n}`, { place }),
        await world.ask(`$c${n}`, { place, agentId: bob }),
      );
    }
    const limits = { perAgent: 4, perModel: 6 };
    const first = await Promise.all(Array.from({ length: 5 }, () => world.claim({ limits, limit: 2 })));
    const all = first.flat();
    expect(all).toHaveLength(6);
    expect(new Set(all.map(({ agentId, channelId }) => agentId + channelId)).size).toBe(6);
    expect(all.filter(({ agentId }) => agentId === world.sofia).length).toBeLessThanOrEqual(4);
    await world.sql(`UPDATE agents SET config = '{"concurrency": 1}' WHERE id = $1::uuid`, bob);
    expect(await world.claim({ limits: { perAgent: 4, perModel: 100 } })).toHaveLength(
      4 - all.filter(({ agentId }) => agentId === world.sofia).length,
    );
  });

  it("a run that was cancelled while it was worked on says nothing, and cancelling races nobody", async () => {
    await world.queue(await world.ask("$question"));
    const [run] = await world.claim();
    const cancel = () =>
      transact(world.database, bridgeActor, (tx) =>
        cancelRun(tx, { runId: run?.runId ?? "", by: bridgeActor, reason: "enough" }),
      );
    const complete = () =>
      performRun(
        {
          database: world.database,
          runtime: { run: () => Promise.resolve({ is: "completed", usage }) },
          wakeEgress: () => undefined,
          log: silentLog,
        },
        run as NonNullable<typeof run>,
        new AbortController().signal,
      );
    const [cancelled, performed] = await Promise.all([cancel(), complete()]);
    expect(performed).toBe(cancelled ? "lost" : "completed");
    expect(await world.topics()).toHaveLength(2);
    expect(await cancel()).toBe(false);
  });
});

describe("a session", () => {
  const statuses = () => world.sql<{ status: string }>("SELECT status FROM agent_sessions");
  const tend = (laterMs: number) => tendAgents(at(world, laterMs), defaultPolicy);

  it("becomes idle, then closed, when nothing happens in it; and another question begins a new one", async () => {
    await world.queue(await world.ask("$first"));
    await tend(minutes(60));
    expect(await world.work()).toEqual(["completed"]);
    await tend(minutes(1));
    expect(await statuses()).toEqual([{ status: "active" }]);
    await tend(minutes(10));
    expect(await statuses()).toEqual([{ status: "idle" }]);
    await tend(minutes(60));
    await tend(minutes(60));
    expect(await statuses()).toEqual([{ status: "closed" }]);
    await world.queue(await world.ask("$second"));
    await world.work();
    expect((await statuses()).map(({ status }) => status).sort()).toEqual(["active", "closed"]);
  });
});
