import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type Agent, BridgeError, openAgent, type Run, RunFailure } from "../../packages/client/src/index.ts";
import { transact } from "../../src/db/index.ts";
import { revokeAccessKey, setAgentStatus } from "../../src/domain/governance/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { patience } from "../support/patience.ts";
import { serveApi } from "./api-server.ts";
import { openProgramsWorld, type ProgramsWorld } from "./programs-world.ts";

describe("the client", () => {
  let world: ProgramsWorld;
  let server: Awaited<ReturnType<typeof serveApi>>;
  const listening: { stop(): Promise<void> }[] = [];

  beforeAll(async () => {
    world = await openProgramsWorld();
    server = await serveApi(world);
  });
  afterEach(async () => {
    for (const one of listening.splice(0)) await one.stop().catch(() => undefined);
  });
  afterAll(async () => {
    await server.stop();
    await world.close();
  });

  const open = (accessKey = world.key, options = {}): Agent =>
    openAgent({ bridgeUrl: server.url, accessKey, ...options });
  const listen = (agent: Agent, handler: (run: Run) => Promise<string | undefined>) => {
    const one = agent.onTrigger(handler);
    listening.push(one);
    return one;
  };
  const statusOf = async (runId: string) => (await world.run(runId))["status"];
  const until = (fits: () => Promise<boolean>) => vi.waitUntil(fits, patience);
  const answers = (channel: { id: string }) =>
    world.api.sql<{ kind: string; content: { body: string; "m.relates_to": object } }>(
      `SELECT kind, content FROM matrix.sends WHERE channel_id = $1::uuid ORDER BY created_at`,
      [channel.id],
    );

  it("answers what waited and what comes, in place and once, however many listen", async () => {
    const channels = await Promise.all(Array.from({ length: 6 }, () => world.addChannel()));
    const runs: string[] = [];
    const ask = async (n: number) => {
      runs.push((await world.ask(channels[n % 6]!, `question ${n}`)).runId);
    };
    for (let n = 0; n < 6; n += 1) await ask(n);
    const done: string[] = [];
    const handler = (run: Run) => {
      done.push(run.runId);
      return Promise.resolve(`to ${run.question ?? ""}`);
    };
    for (const worker of ["one", "two"]) listen(open(world.key, { worker }), handler);
    for (let n = 6; n < 30; n += 1) await ask(n);
    await until(async () =>
      (await Promise.all(runs.map(statusOf))).every((status) => status === "completed"),
    );
    expect(done.toSorted()).toEqual(runs.toSorted());
    const said = (await Promise.all(channels.map(answers))).flat();
    expect(said).toHaveLength(30);
    expect(said[0]!.content["m.relates_to"]).toHaveProperty("m.in_reply_to");
  });

  it("goes on by itself after a restart of the bridge, and misses nothing", async () => {
    const channel = await world.addChannel();
    const restarted = await serveApi(world);
    listen(open(world.key, { bridgeUrl: restarted.url, onError: () => undefined }), () =>
      Promise.resolve("yes"),
    );
    const before = await world.ask(channel, "before?");
    await until(async () => (await statusOf(before.runId)) === "completed");
    await restarted.stop();
    const meanwhile = await world.ask(channel, "while you were away?");
    const again = await serveApi(world, restarted.port);
    await until(async () => (await statusOf(meanwhile.runId)) === "completed");
    const after = await world.ask(channel, "after?");
    await until(async () => (await statusOf(after.runId)) === "completed");
    for (const one of listening.splice(0)) await one.stop();
    await again.stop();
  });

  it("keeps a run for as long as it works on it", async () => {
    const channel = await world.addChannel();
    const { runId } = await world.ask(channel, "slowly?");
    const leaseOf = async () => (await world.run(runId))["leased_until"] as Date;
    listen(open(world.key, { leaseMs: 5_000 }), async () => {
      const first = await leaseOf();
      await until(async () => (await leaseOf()) > first);
      return "there";
    });
    await until(async () => (await statusOf(runId)) === "completed");
    expect(await world.run(runId)).toMatchObject({ attempts: 1 });
    expect(await answers(channel)).toHaveLength(1);
  });

  it("stops working on a run that was taken from it, and says nothing more", async () => {
    const channel = await world.addChannel();
    const { runId } = await world.ask(channel, "never mind?");
    const lost = Promise.withResolvers<unknown>();
    const holds = Promise.withResolvers<unknown>();
    listen(open(world.key, { leaseMs: 1_000 }), async (run) => {
      holds.resolve(run.runId);
      await new Promise((wake) => run.signal.addEventListener("abort", wake));
      lost.resolve(run.signal.reason);
      return "too late";
    });
    await holds.promise;
    await world.api.sql(`UPDATE agent_runs SET lease_token = 'another' WHERE id = $1`, [runId]);
    expect(await lost.promise).toMatchObject({ reason: "lease_lost" });
    expect(await answers(channel)).toEqual([]);
    await world.api.sql(`UPDATE agent_runs SET status = 'cancelled' WHERE id = $1`, [runId]);
  });

  it("says why it could not answer, and gives back what it had begun when it stops", async () => {
    const channel = await world.addChannel();
    const failing = await world.ask(channel, "what is love?");
    const one = listen(open(), () =>
      Promise.reject(new RunFailure("I am only a program.", { code: "no_heart" })),
    );
    await until(async () => (await statusOf(failing.runId)) === "failed");
    expect(await world.run(failing.runId)).toMatchObject({ error: "no_heart" });
    expect((await answers(channel))[0]!.content.body).toBe("I am only a program.");
    await one.stop();
    const held = Promise.withResolvers<unknown>();
    const { runId } = await world.ask(channel, "wait?");
    const other = listen(open(), async (run) => {
      held.resolve(run.runId);
      await new Promise((wake) => run.signal.addEventListener("abort", wake));
      return undefined;
    });
    await held.promise;
    await other.stop();
    expect(await world.run(runId)).toMatchObject({ status: "queued", attempts: 0 });
    await world.api.sql(`UPDATE agent_runs SET status = 'cancelled' WHERE id = $1`, [runId]);
  });

  it("ends when its key is revoked, and hears nothing when its agent is suspended", async () => {
    const { agent, key } = await world.addAgent("leaving");
    const one = listen(open(key), () => Promise.resolve("hm"));
    const channel = await world.addChannel();
    const { runId } = await world.ask(channel, "still here?", agent.id);
    await until(async () => (await statusOf(runId)) === "completed");
    const [id = ""] = /^ak_[0-9a-z]{26}/.exec(key) ?? [];
    await transact(world.api.database, bridgeActor, (tx) => revokeAccessKey(tx, id));
    await expect(one.done).rejects.toBeInstanceOf(BridgeError);
    const { agent: sleepy, key: sleeping } = await world.addAgent("sleepy");
    await transact(world.api.database, bridgeActor, (tx) =>
      setAgentStatus(tx, sleepy.externalId, "suspended"),
    );
    const other = listen(open(sleeping), () => Promise.resolve("hm"));
    await expect(other.done).rejects.toMatchObject({ code: "subject_inactive" });
  });
});
