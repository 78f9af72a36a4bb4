import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { type AgentRuntime, type ClaimedRun, invokeRun, queueRuns } from "../../src/domain/agents/index.ts";
import { quotaExceeded, setQuotas } from "../../src/domain/governance/index.ts";
import { workOnRuns } from "../../src/jobs/work-on-runs.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { noCounters } from "../../src/kernel/counters.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { type OpenTestDatabase, openTestDatabase } from "../egress/egress-database.ts";
import type { Place } from "../egress/egress-world.ts";
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

const usage = { inputTokens: 1, outputTokens: 1 };
/** A worker as another process has it: bells of its own. */
const worker = (runtime: AgentRuntime) =>
  workOnRuns({
    database: { ...world.database, bells: new Map() },
    runtime,
    holder: "test",
    wakeEgress: () => undefined,
    log: silentLog,
    counters: noCounters,
  });
const open = async () =>
  (
    await world.sql<{ n: number }>(
      "SELECT count(*)::int AS n FROM agent_runs WHERE status IN ('queued', 'started')",
    )
  )[0]?.n;
async function allEnded(): Promise<void> {
  while ((await open()) !== 0) await sleep(20);
}

describe("a worker that stops", () => {
  it("gives its runs back, so that another goes on with them at once", async () => {
    const begun = Promise.withResolvers<true>();
    const first = worker({
      run: (_run, signal) =>
        new Promise((_resolve, reject) => {
          begun.resolve(true);
          signal.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")));
        }),
    });
    await world.queue(await world.ask("$question"));
    await begun.promise;
    await first.stop();
    expect(await world.runs()).toMatchObject([{ status: "queued", attempts: 0 }]);
    expect(await world.work()).toEqual(["completed"]);
  });
});

describe("an agent with a quota of runs", () => {
  it("is asked so often and no more, by whomever, and the room is told once; another agent goes on", async () => {
    const otto = await world.addAgent("otto");
    const limits = [{ what: "runs", period: "day", amount: 3 }] as const;
    await transact(world.database, bridgeActor, (tx) =>
      setQuotas(tx, { kind: "agent", id: world.sofia }, limits),
    );
    await world.queue(await world.ask("$1"), await world.ask("$2"));
    await world.queue(
      await world.ask("$3"),
      await world.ask("$4"),
      await world.ask("$other", { agentId: otto }),
    );
    await world.queue(await world.ask("$5"));
    expect((await world.runs()).map(({ trigger_key, error }) => [trigger_key, error])).toEqual([
      ["$1", null],
      ["$2", null],
      ["$3", null],
      ["$4", "quota_exceeded"],
      ["$other", null],
      ["$5", "quota_exceeded"],
    ]);
    const told = await world.sql<{ body: string }>("SELECT content ->> 'body' AS body FROM matrix.sends");
    expect(told).toEqual([
      { body: expect.stringContaining("I have used up my quota of 3 runs a day.") as string },
    ]);
    const { channelId } = world.place;
    await world.sql(
      `INSERT INTO channel_members (id, channel_id, member_agent_id, role, membership)
       VALUES (gen_random_uuid(), $1::uuid, $2::uuid, 'agent', 'join')`,
      channelId,
      world.sofia,
    );
    const invoked = transact(world.database, bridgeActor, (tx) =>
      invokeRun(tx, { agentId: world.sofia, channelId, prompt: "?", key: "6" }),
    );
    await expect(invoked).rejects.toSatisfy(quotaExceeded.is);
    expect(await world.runs()).toHaveLength(6);
  });
});

describe("a flood of questions", () => {
  it("is answered in the order of each room, within the limits, without losing any, by two workers", async () => {
    const agents = await Promise.all(Array.from({ length: 5 }, (_, n) => world.addAgent(`agent${n}`)));
    const places: Place[] = [];
    for (let n = 0; n < 50; n += 1) places.push(await world.addChannel(`room${n}`));
    for (let n = 0; n < 500; n += 1) {
      const place = places[n % 50] as Place;
      const agentId = agents[n % 5] as string;
      await world.queue(await world.ask(`$${n}`, { place, agentId, asker: `@asker${n % 50}:test` }));
    }
    const done: string[] = [];
    const waits: number[] = [];
    const heapBefore = process.memoryUsage().heapUsed;
    let heapMost = 0;
    const busy = new Map<string, number>();
    let most = 0;
    const runtime: AgentRuntime = {
      async run(run: ClaimedRun) {
        busy.set(run.agentId, (busy.get(run.agentId) ?? 0) + 1);
        most = Math.max(most, busy.get(run.agentId) ?? 0);
        waits.push(run.waited ?? 0);
        heapMost = Math.max(heapMost, process.memoryUsage().heapUsed);
        await sleep(30);
        busy.set(run.agentId, (busy.get(run.agentId) ?? 0) - 1);
        done.push(`${run.channelId} ${run.trigger.eventId}`);
        return { is: "completed", usage };
      },
    };
    const workers = [worker(runtime), worker(runtime)];
    await allEnded();
    await Promise.all(workers.map((each) => each.stop()));
    expect(done).toHaveLength(500);
    const p95 = waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.95)] ?? 0;
    const grownMiB = (heapMost - heapBefore) / 2 ** 20;
    console.info(`queued: p95 ${p95.toFixed(1)} s; heap grew by ${grownMiB.toFixed(0)} MiB at most`);
    expect(grownMiB).toBeLessThan(150);
    expect(most).toBeLessThanOrEqual(4);
    for (const { channelId } of places) {
      const numbers = done
        .filter((line) => line.startsWith(channelId))
        .map((line) => Number(line.split("$")[1]));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
  });

  it("two agents that ask each other are stopped by their budget, said once, over two workers and a restart", async () => {
    const otto = await world.addAgent("otto");
    const idOf = { [world.sofia]: "@dao_sofia:test", [otto]: "@dao_otto:test" };
    let turns = 0;
    /** What an agent says mentions the other, and comes back by the room. */
    const answer = (from: ClaimedRun) => {
      turns += 1;
      const agentId = from.agentId === otto ? world.sofia : otto;
      const key = `$turn${turns}`;
      const { runId, causationId, hop } = from;
      return world.ask(key, {
        agentId,
        asker: idOf[from.agentId] as string,
        cause: { runId, causationId, hop },
      });
    };
    const runtime: AgentRuntime = {
      async run(run) {
        const next = await answer(run);
        return {
          is: "completed",
          usage,
          say: async (tx) => {
            await queueRuns(tx, [next]);
            return undefined;
          },
        };
      },
    };
    const first = worker(runtime);
    let second = worker(runtime);
    await world.queue(await world.ask("$start", { asker: "@dao_otto:test" }));
    while (turns < 8) await sleep(10);
    await second.stop();
    second = worker(runtime);
    await allEnded();
    await Promise.all([first.stop(), second.stop()]);
    const runs = await world.runs();
    expect(runs.filter(({ status }) => status === "completed")).toHaveLength(20);
    expect(runs.filter(({ error }) => error === "budget_exhausted")).toHaveLength(1);
    const said = await world.sql<{ body: string }>("SELECT content ->> 'body' AS body FROM matrix.sends");
    expect(said).toEqual([{ body: expect.stringContaining("I rest for 60 seconds") as string }]);
    expect(runs.every(({ hop }, index) => hop === index)).toBe(true);
  });
});
