import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { cancelRun } from "../../src/domain/agents/index.ts";
import { setAgentStatus } from "../../src/domain/governance/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { declareError } from "../../src/kernel/errors.ts";
import { encodeId, newUuid } from "../../src/kernel/ids.ts";
import type { ChannelRow } from "../http/api-world.ts";
import { openProgramsWorld, type ProgramsWorld } from "./programs-world.ts";

interface Trigger {
  readonly runId: string;
  readonly leaseToken: string;
  readonly leaseEndsAt: string;
  readonly question: string | null;
  readonly answer: { readonly path: string; readonly replyTo: string };
}

describe("programs claim runs", () => {
  let world: ProgramsWorld;

  beforeAll(async () => {
    // What is tested here is not how often one may ask.
    world = await openProgramsWorld({ rateLimit: { perSecond: 10_000, burst: 10_000 } });
  });
  afterAll(() => world.close());

  const claim = async (body: object = {}, key = world.key): Promise<Trigger[]> => {
    const reply = await world.api.post(key, "/v1/runs/claim", body);
    expect(reply.statusCode, reply.body).toBe(200);
    return reply.json<{ items: Trigger[] }>().items;
  };
  const about = (run: Pick<Trigger, "runId" | "leaseToken">, verb: string, body: object = {}) =>
    world.api.post(world.key, `/v1/runs/${run.runId}/${verb}`, { leaseToken: run.leaseToken, ...body });
  const expire = (runId: string) =>
    world.api.sql(`UPDATE agent_runs SET leased_until = now() - interval '1 s' WHERE id = $1`, [runId]);
  const say = (run: Pick<Trigger, "runId" | "leaseToken" | "answer">, body: object, headers = {}) =>
    world.api.post(
      world.key,
      run.answer.path,
      { runId: run.runId, leaseToken: run.leaseToken, ...body },
      headers,
    );

  it("and get all that an answer needs", async () => {
    const channel = await world.addChannel();
    const { runId, eventId } = await world.ask(channel, "what is due today?");
    const [run] = await claim({ leaseMs: 60_000 });
    expect(run).toMatchObject({
      runId,
      attempt: 1,
      kind: "mention",
      eventId,
      threadRoot: null,
      channelId: channel.apiId,
      roomId: channel.roomId,
      agent: { name: "sofia", matrixId: "@dao_sofia:test" },
      asker: { matrixId: "@alice:test" },
      question: "what is due today?",
      answer: { path: `/v1/channels/${channel.apiId}/messages`, replyTo: eventId },
      contextPath: `/v1/runs/${runId}/context`,
    });
    const left = Date.parse(run!.leaseEndsAt) - Date.now();
    expect(left).toBeGreaterThan(25_000);
    expect(left).toBeLessThan(61_000);
    expect(await claim()).toEqual([]);
    const posted = await say(run!, { text: "Nothing.", replyTo: eventId });
    expect(posted.statusCode, posted.body).toBe(202);
    const [send] = await world.api.sql<{ content: Record<string, unknown> }>(
      `SELECT content FROM matrix.sends ORDER BY created_at DESC LIMIT 1`,
    );
    expect(send!.content["org.microdao.cause"]).toEqual({ run: runId, cause: eventId, hop: 0 });
    const messageId = posted.json<{ id: string }>().id;
    const usage = { inputTokens: 5, outputTokens: 7, costUsd: 0.01 };
    expect((await about(run!, "complete", { messageId, usage })).statusCode).toBe(204);
    expect(await world.run(runId)).toMatchObject({
      status: "completed",
      input_tokens: 5,
      output_tokens: 7,
      output: { message_id: messageId },
    });
  });

  it("what was said before is there when it is asked for", async () => {
    const channel = await world.addChannel();
    const { id: alice } = await world.api.user("alice");
    for (const [n, text] of ["one", "two", "three"].entries())
      await world.api.message(channel, alice, { at: 1_600_000_000_000 + n, text });
    const { runId } = await world.ask(channel, "and four?");
    const reply = await world.api.get(world.key, `/v1/runs/${runId}/context?limit=2`);
    expect(reply.json<{ items: { preview: string }[] }>().items.map(({ preview }) => preview)).toEqual([
      "two",
      "three",
    ]);
    const [run] = await claim();
    await about(run!, "complete");
  });

  it("two workers with two hundred runs do each exactly once", async () => {
    const channels = await Promise.all(Array.from({ length: 20 }, () => world.addChannel()));
    const asked: string[] = [];
    for (let n = 0; n < 200; n += 1)
      asked.push((await world.ask(channels[n % channels.length]!, `question ${n}`)).runId);
    const answered: string[] = [];
    const work = async (worker: string) => {
      for (;;) {
        const runs = await claim({ limit: 7, worker, waitMs: 200 });
        if (runs.length === 0) return;
        for (const run of runs) {
          expect((await say(run, { text: `to ${run.question ?? ""}` })).statusCode).toBe(202);
          expect((await about(run, "complete")).statusCode).toBe(204);
          answered.push(run.runId);
        }
      }
    };
    await Promise.all([work("first"), work("second")]);
    expect(answered.toSorted()).toEqual(asked.toSorted());
    const [sent] = await world.api.sql<{ count: number }>(
      `SELECT count(*)::int AS count FROM matrix.sends WHERE content ->> 'body' LIKE 'to question %'`,
    );
    expect(sent!.count).toBe(200);
  });

  it("in a channel they come one after the other, in the order of asking", async () => {
    const channel = await world.addChannel();
    const first = await world.ask(channel, "first");
    const second = await world.ask(channel, "second");
    const [run, ...more] = await claim({ limit: 10 });
    expect([run!.runId, more]).toEqual([first.runId, []]);
    await about(run!, "complete");
    const [next] = await claim({ limit: 10 });
    expect(next!.runId).toBe(second.runId);
    await about(next!, "complete");
  });

  it("a worker that lost its lease can say and do nothing more for the run", async () => {
    const channel = await world.addChannel();
    await world.ask(channel, "anybody?");
    const [late] = await claim();
    await expire(late!.runId);
    const [now] = await claim();
    expect(now!.runId).toBe(late!.runId);
    expect(now!.leaseToken).not.toBe(late!.leaseToken);
    for (const reply of [
      await say(late!, { text: "too late" }),
      await about(late!, "renew"),
      await about(late!, "complete"),
      await about(late!, "fail"),
      await about(late!, "release"),
    ]) {
      expect([reply.statusCode, reply.json<{ code: string }>().code]).toEqual([409, "lease_lost"]);
    }
    expect((await say(now!, { text: "in time" })).statusCode).toBe(202);
    expect((await about(now!, "complete")).statusCode).toBe(204);
    const after = await say(now!, { text: "one more thing" });
    expect(after.json()).toMatchObject({ code: "lease_lost" });
  });

  it("whoever takes a run up again repeats no answer, even in other words", async () => {
    const channel = await world.addChannel();
    await world.ask(channel, "how are you?");
    const [first] = await claim();
    const key = { "idempotency-key": `${first!.runId}:1` };
    const posted = await say(first!, { text: "Fine." }, key);
    await expire(first!.runId);
    const [second] = await claim();
    const again = await say(second!, { text: "Quite well, thank you." }, key);
    expect([again.statusCode, again.headers["idempotency-replayed"]]).toEqual([202, "true"]);
    expect(again.json<{ id: string }>().id).toBe(posted.json<{ id: string }>().id);
    await about(second!, "complete");
  });

  it("a renewed lease lasts, a released run is there at once, a failed one is told to the room", async () => {
    const channel = await world.addChannel();
    const { runId } = await world.ask(channel, "and now?");
    const [run] = await claim({ leaseMs: 1_000 });
    const renewed = await about(run!, "renew", { leaseMs: 60_000 });
    expect(Date.parse(renewed.json<{ leaseEndsAt: string }>().leaseEndsAt)).toBeGreaterThan(
      Date.now() + 50_000,
    );
    expect((await about(run!, "release")).statusCode).toBe(204);
    const [again] = await claim();
    expect(again).toMatchObject({ runId, attempt: 1 });
    const failed = await about(again!, "fail", { code: "no_idea", sentence: "I have no idea." });
    expect(failed.json()).toEqual({ status: "failed" });
    const [notice] = await world.api.sql<{ content: Record<string, unknown> }>(
      `SELECT content FROM matrix.sends WHERE channel_id = $1::uuid`,
      [channel.id],
    );
    expect(notice!.content).toMatchObject({ msgtype: "m.notice", body: "I have no idea." });
  });

  it("a run is answered by what its agent said in its channel for it, and by nothing else", async () => {
    const [channel, elsewhere] = [await world.addChannel(), await world.addChannel()];
    const asked = await world.ask(channel, "this?");
    await world.ask(elsewhere, "and that?");
    const [run, other] = await claim({ limit: 2 });
    expect(run!.runId).toBe(asked.runId);
    const idOf = async (reply: ReturnType<typeof say>) => (await reply).json<{ id: string }>().id;
    const plain = (to: ChannelRow, key = world.key) =>
      idOf(world.api.post(key, `/v1/channels/${to.apiId}/messages`, { text: "by the way" }));
    const { key: strangersKey } = await world.addAgent("stranger");
    const [question] = await world.api.sql<{ id: string }>(
      `SELECT id::text AS id FROM messages WHERE matrix_event_id = $1`,
      [asked.eventId],
    );
    const refused = [
      encodeId("m", question!.id),
      encodeId("m", newUuid(new Date())),
      await plain(elsewhere),
      await plain(channel, strangersKey),
      await idOf(say(other!, { text: "That." })),
    ];
    for (const messageId of refused) {
      const reply = await about(run!, "complete", { messageId });
      expect([reply.statusCode, reply.json()]).toMatchObject([
        422,
        { code: "answer_not_of_run", pointer: "/messageId" },
      ]);
    }
    expect(await world.run(asked.runId)).toMatchObject({ status: "started", output: {} });
    expect((await about(run!, "complete", { messageId: await plain(channel) })).statusCode).toBe(204);
    await about(other!, "complete");
    await world.ask(channel, "once more?");
    const [second] = await claim();
    const stale = await idOf(say(second!, { text: "Yes." }));
    await about(second!, "complete", { messageId: stale });
    await world.ask(channel, "and now?");
    const [third] = await claim();
    expect((await about(third!, "complete", { messageId: stale })).json()).toMatchObject({
      code: "answer_not_of_run",
    });
    await about(third!, "complete");
  });

  it("a run that is tried again waits for a while", async () => {
    const channel = await world.addChannel();
    const { runId } = await world.ask(channel, "later?");
    const [run] = await claim();
    expect((await about(run!, "fail", { retry: true })).json()).toEqual({ status: "queued" });
    expect(await claim()).toEqual([]);
    await world.api.sql(`UPDATE agent_runs SET next_attempt_at = now() WHERE id = $1`, [runId]);
    const [second] = await claim();
    expect(second).toMatchObject({ runId, attempt: 2 });
    await about(second!, "complete");
  });

  it("a claim waits for a run, and not longer than it was asked to", async () => {
    const began = Date.now();
    expect(await claim({ waitMs: 150 })).toEqual([]);
    expect(Date.now() - began).toBeGreaterThan(140);
    const channel = await world.addChannel();
    const waiting = claim({ waitMs: 20_000 });
    const { runId } = await world.ask(channel, "quick?");
    const [run] = await waiting;
    expect(run!.runId).toBe(runId);
    await about(run!, "complete");
  });

  it("keys of others can neither claim nor end nor speak for it", async () => {
    const { key } = await world.addAgent("other");
    const channel = await world.addChannel();
    await world.ask(channel, "Sofia?");
    expect(await claim({ limit: 10 }, key)).toEqual([]);
    const [run] = await claim();
    const foreign = await world.api.post(key, `/v1/runs/${run!.runId}/complete`, {
      leaseToken: run!.leaseToken,
    });
    expect([foreign.statusCode, foreign.json<{ code: string }>().code]).toEqual([404, "run_not_found"]);
    const { runId, leaseToken } = run!;
    const forged = await world.api.post(key, run!.answer.path, { text: "hi", runId, leaseToken });
    expect(forged.json()).toMatchObject({ code: "run_not_found" });
    expect((await world.api.get(key, `/v1/runs/${runId}/context`)).statusCode).toBe(404);
    const person = await world.api.key({
      subject: { kind: "user", id: (await world.api.user("alice")).externalId },
    });
    const refused = await world.api.post(person, "/v1/runs/claim", {});
    expect(refused.json()).toMatchObject({ code: "agent_key_required" });
    await about(run!, "complete");
  });

  it("what was withdrawn is given to nobody, and while the homeserver is away everything waits", async () => {
    const channel = await world.addChannel();
    const gone = await world.ask(channel, "oops");
    world.words.set(gone.eventId, undefined);
    expect(await claim()).toEqual([]);
    expect(await world.run(gone.runId)).toMatchObject({ status: "cancelled" });
    const { runId, eventId } = await world.ask(channel, "still there?");
    world.words.set(eventId, declareError("away", "unavailable", () => "away")({}));
    expect(await claim()).toEqual([]);
    expect(await world.run(runId)).toMatchObject({ status: "queued", attempts: 0 });
    world.words.set(eventId, "still there?");
    const [run] = await claim();
    expect(run!.runId).toBe(runId);
    await transact(world.api.database, bridgeActor, (tx) =>
      cancelRun(tx, { runId, by: bridgeActor, reason: "enough" }),
    );
    expect((await about(run!, "renew")).json()).toMatchObject({ code: "lease_lost" });
  });

  it("a suspended agent is given nothing", async () => {
    const { agent, key } = await world.addAgent("sleepy");
    const channel = await world.addChannel();
    await world.ask(channel, "awake?", agent.id);
    const change = (status: "suspended" | "active") =>
      transact(world.api.database, bridgeActor, (tx) => setAgentStatus(tx, agent.externalId, status));
    await change("suspended");
    const refused = await world.api.post(key, "/v1/runs/claim", {});
    expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([403, "subject_inactive"]);
    await change("active");
  });

  it("agents that the bridge answers for are none of the programs' business", async () => {
    const { agent, key } = await world.addAgent("inner", "builtin");
    await world.ask(await world.addChannel(), "who are you?", agent.id);
    expect(await claim({ limit: 10 }, key)).toEqual([]);
  });

  it("what makes no sense is refused", async () => {
    const runId = "run_01h4vjdvzefw18zfwz5dxw5y8g";
    const refusals = [
      ["/v1/runs/claim", { limit: 0 }, "request_invalid"],
      ["/v1/runs/claim", { waitMs: 30_001 }, "request_invalid"],
      ["/v1/runs/claim", { worker: "a b" }, "request_invalid"],
      ["/v1/runs/nonsense/renew", { leaseToken: "x" }, "run_not_found"],
      [`/v1/runs/${runId}/complete`, { leaseToken: "x" }, "run_not_found"],
      [`/v1/runs/${runId}/complete`, {}, "request_invalid"],
      [`/v1/runs/${runId}/fail`, { leaseToken: "x", sentence: "\0" }, "request_invalid"],
    ] as const;
    for (const [url, body, code] of refusals)
      expect((await world.api.post(world.key, url, body)).json()).toMatchObject({ code });
    const channel = await world.addChannel();
    const half = await world.api.post(world.key, `/v1/channels/${channel.apiId}/messages`, {
      text: "x",
      runId,
    });
    expect(half.json()).toMatchObject({ code: "request_invalid", pointer: "/leaseToken" });
  });
});
