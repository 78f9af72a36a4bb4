import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type Agent, openAgent, type Posted, type Run } from "../../packages/client/src/index.ts";
import { transact } from "../../src/db/index.ts";
import { cancelRun } from "../../src/domain/agents/index.ts";
import { tendStreams } from "../../src/domain/messaging/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import type { ChannelRow } from "../http/api-world.ts";
import { serveApi } from "./api-server.ts";
import { openProgramsWorld, type ProgramsWorld } from "./programs-world.ts";

type Handler = Parameters<Agent["onTrigger"]>[0];

let world: ProgramsWorld;
let server: Awaited<ReturnType<typeof serveApi>>;
const listening: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  world = await openProgramsWorld();
  server = await serveApi(world);
});
afterEach(async () => {
  for (const one of listening.splice(0)) await one.stop().catch(() => undefined);
  await world.api.sql(`UPDATE agent_runs SET status = 'cancelled' WHERE status IN ('queued', 'started')`);
});
afterAll(async () => {
  await server.stop();
  await world.close();
});

/** A program that answers; `fetch` is its way to the bridge. */
function listen(handler: Handler, options: { fetch?: typeof fetch; leaseMs?: number } = {}) {
  const one = openAgent({ bridgeUrl: server.url, accessKey: world.key, ...options }).onTrigger(handler);
  listening.push(one);
  return one;
}

/** A program that dies when told so: what it asks from then on never arrives. */
function listenUntilDead(handler: Handler) {
  let isDead = false;
  const mortal: typeof fetch = (...request) =>
    isDead ? Promise.reject(new TypeError("fetch failed")) : fetch(...request);
  listen(handler, { fetch: mortal, leaseMs: 1_000 });
  return { die: () => void (isDead = true), revive: () => void (isDead = false) };
}

const until = (fits: () => Promise<boolean>) => vi.waitUntil(fits, { timeout: 30_000, interval: 20 });
const isOver = (runId: string) => async () =>
  ["completed", "failed", "cancelled"].includes(String((await world.run(runId))["status"]));

interface Said {
  readonly id: string;
  readonly state: string | null;
  readonly seq: number | null;
  /** What the room is shown at the end. */
  readonly shown: string;
  readonly edits: number;
}

/** The messages of a channel, in order. */
function said(channel: ChannelRow): Promise<Said[]> {
  return world.api.sql<Said>(
    `SELECT m.id::text, x.state, x.seq,
            (SELECT COALESCE(s.content->'m.new_content'->>'body', s.content->>'body') FROM matrix.sends s
              WHERE s.id = m.id OR s.message_id = m.id ORDER BY s.seq DESC LIMIT 1) AS shown,
            (SELECT count(*)::int FROM matrix.sends s WHERE s.message_id = m.id) AS edits
       FROM matrix.sends m LEFT JOIN matrix.streams x ON x.send_id = m.id
      WHERE m.channel_id = $1::uuid AND m.kind = 'message' ORDER BY m.seq`,
    [channel.id],
  );
}

/** The text of the message that grows in a channel, as the bridge has it. */
const grown = (channel: ChannelRow) => async () => {
  const [row] = await world.api.sql<{ body: string | null }>(
    `SELECT x.body FROM matrix.streams x JOIN matrix.sends s ON s.id = x.send_id WHERE s.channel_id = $1::uuid`,
    [channel.id],
  );
  return row?.body ?? "";
};
const grows = (channel: ChannelRow, text: string) => until(async () => (await grown(channel)()) === text);

const asked = async (text: string) => {
  const channel = await world.addChannel();
  return { channel, ...(await world.ask(channel, text)) };
};
const hang = (run: Run) =>
  new Promise<never>((_, reject) =>
    run.signal.addEventListener("abort", () => reject(run.signal.reason as Error)),
  );

describe("an answer of the client that is shown while it is being written", () => {
  it("is one message that grows, and ends as what it is when all is said", async () => {
    const { channel, runId } = await asked("a story?");
    let posted: Posted | undefined;
    listen(async (run) => {
      const story = run.reply.stream();
      story.write("Once");
      await grows(channel, "Once");
      story.write(" upon 🙂".slice(0, -1));
      await grows(channel, "Once upon ");
      story.write(" upon 🙂".slice(-1));
      await grows(channel, "Once upon 🙂");
      story.write(" a time.");
      posted = await story.end();
      expect(await story.end()).toBe(posted);
    });
    await until(isOver(runId));
    const [message, ...more] = await said(channel);
    expect([message, more]).toMatchObject([{ state: "complete", shown: "Once upon 🙂 a time." }, []]);
    expect(message!.seq).toBeGreaterThan(1);
    expect(await world.run(runId)).toMatchObject({ status: "completed", answer_message_id: message!.id });
    expect(posted).not.toHaveProperty("parts");
  });

  it("is one message without an edit when it is all there at once, and ends by itself when nobody ends it", async () => {
    const { channel, runId } = await asked("quickly?");
    listen((run) => {
      const answer = run.reply.stream();
      answer.write("At ");
      answer.write("once.");
      return Promise.resolve(undefined);
    });
    await until(isOver(runId));
    expect(await said(channel)).toMatchObject([{ state: null, shown: "At once.", edits: 0 }]);
  });

  it("goes on in another program when the first one dies, and is one whole answer, whatever the first one still says", async () => {
    const { channel, runId } = await asked("are you sure?");
    const write = Promise.withResolvers<undefined>();
    const refused = Promise.withResolvers<unknown>();
    const first = listenUntilDead(async (run) => {
      const answer = run.reply.stream();
      answer.write("I think");
      await write.promise;
      answer.write(" not at all");
      await answer.end().catch(refused.resolve);
    });
    await grows(channel, "I think");
    first.die();
    const goOn = Promise.withResolvers<undefined>();
    listen(async (run) => {
      expect(run.attempt).toBe(2);
      const answer = run.reply.stream();
      answer.write("I am");
      await goOn.promise;
      answer.write(" sure.");
      await answer.end();
    });
    await grows(channel, "I am");
    first.revive();
    write.resolve(undefined);
    await refused.promise;
    expect(await grown(channel)()).toBe("I am");
    goOn.resolve(undefined);
    await until(isOver(runId));
    const [message, ...more] = await said(channel);
    expect([message, more]).toMatchObject([{ state: "complete", shown: "I am sure." }, []]);
    expect(await world.run(runId)).toMatchObject({ status: "completed", answer_message_id: message!.id });
  });

  it("ends with the words of whoever takes over, when those are said in one piece", async () => {
    const { channel, runId } = await asked("and now?");
    const first = listenUntilDead(async (run) => {
      run.reply.stream().write("Half of");
      await hang(run);
    });
    await grows(channel, "Half of");
    first.die();
    listen(() => Promise.resolve("All of it."));
    await until(isOver(runId));
    expect(await said(channel)).toMatchObject([{ state: "complete", shown: "All of it." }]);
  });

  it("is ended by the bridge when nobody takes over, and goes on when somebody does after all", async () => {
    const { channel, runId } = await asked("anybody?");
    const first = listenUntilDead(async (run) => {
      run.reply.stream().write("Well,");
      await hang(run);
    });
    await grows(channel, "Well,");
    first.die();
    const { database } = world.api;
    const later = { now: () => new Date(database.clock.now().getTime() + 61_000) };
    await tendStreams({ ...database, clock: later });
    expect(await said(channel)).toMatchObject([
      { state: "failed", shown: "Well,\n\n⚠️ This answer broke off." },
    ]);
    listen(async (run) => {
      const answer = run.reply.stream();
      answer.write("Well, yes.");
      await answer.end();
    });
    await until(isOver(runId));
    expect(await said(channel)).toMatchObject([{ state: "complete", shown: "Well, yes." }]);
  });

  it("says where it broke off when the program gives up, and that it was stopped when the run is", async () => {
    const failing = await asked("what is love?");
    const stopped = await asked("and hate?");
    listen(async (run) => {
      run.reply.stream().write("It is");
      const { channel } = run.runId === failing.runId ? failing : stopped;
      await grows(channel, "It is");
      if (run.runId === failing.runId) throw new TypeError("too hard");
      await hang(run);
    });
    await until(isOver(failing.runId));
    expect(await said(failing.channel)).toMatchObject([
      { state: "failed", shown: "It is\n\n⚠️ This answer could not be finished." },
      { shown: "The program that answers for me had an error, so I could not answer this." },
    ]);
    await grows(stopped.channel, "It is");
    await transact(world.api.database, bridgeActor, (tx) =>
      cancelRun(tx, { runId: stopped.runId, by: bridgeActor, reason: "no" }),
    );
    expect(await said(stopped.channel)).toMatchObject([{ state: "cancelled", shown: "It is\n\n⏹️ Stopped." }]);
  });

  it("takes several messages when it is too long for one, streamed or not", async () => {
    const paragraphs = Array.from({ length: 30 }, (_, n) => `${n}: ${"long ".repeat(300)}`);
    const text = paragraphs.join("\n\n");
    for (const isStreamed of [true, false]) {
      const { channel, runId } = await asked("everything?");
      let posted: Posted | undefined;
      const one = listen(async (run) => {
        const answer = run.reply.stream();
        answer.write(text);
        if (isStreamed) await grows(channel, text);
        posted = await answer.end();
      });
      await until(isOver(runId));
      await one.stop();
      const messages = await said(channel);
      expect(messages.length).toBeGreaterThan(1);
      expect(
        messages
          .map(({ shown }) => shown)
          .join("\n\n")
          .trim()
          .replaceAll(/\s+/g, " "),
      ).toBe(text.trim().replaceAll(/\s+/g, " "));
      expect(posted?.parts).toHaveLength(messages.length);
      expect(await world.run(runId)).toMatchObject({
        status: "completed",
        answer_message_id: messages[0]!.id,
      });
    }
  });

  it("is said once though the answer to each of its calls is lost", async () => {
    const { channel, runId } = await asked("do you hear me?");
    const lost = new Map<string, number>();
    const losing: typeof fetch = async (request, ...more) => {
      const response = await fetch(request, ...more);
      const { method, url } = request as Request;
      const name = /\/(?:messages|stream|complete)$/.exec(url)?.[0];
      const times = lost.get(`${method} ${name}`) ?? 0;
      if (name === undefined || times % 2 === 1) {
        if (name !== undefined) lost.set(`${method} ${name}`, times + 1);
        return response;
      }
      lost.set(`${method} ${name}`, times + 1);
      await response.body?.cancel();
      throw new TypeError("fetch failed");
    };
    listen(
      async (run) => {
        const answer = run.reply.stream();
        answer.write("Yes, ");
        await grows(channel, "Yes, ");
        answer.write("I ");
        await grows(channel, "Yes, I ");
        answer.write("do.");
        await answer.end();
      },
      { fetch: losing },
    );
    await until(isOver(runId));
    expect(await said(channel)).toMatchObject([{ state: "complete", shown: "Yes, I do." }]);
    await vi.waitUntil(() => lost.size === 3, { timeout: 30_000 });
    expect(await world.run(runId)).toMatchObject({ status: "completed", attempts: 1 });
  });
});

describe("a message that grows for a run", () => {
  it("is gone on with by whoever holds the run and by nobody else, and is whole when the run is completed with it", async () => {
    const { channel, runId } = await asked("who are you?");
    const claimed = await world.api.post(world.key, "/v1/runs/claim", {});
    const [{ leaseToken }] = claimed.json<{ items: [{ leaseToken: string }] }>().items;
    const begin = async () => {
      const path = `/v1/channels/${channel.apiId}/messages`;
      const reply = await world.api.post(world.key, path, { text: "I", stream: true, runId, leaseToken });
      return reply.json<{ id: string }>().id;
    };
    const grow = async (id: string, payload: object) => {
      const url = `/v1/messages/${id}/stream`;
      return (await world.api.request(world.key, { method: "PATCH", url, payload })).json<object>();
    };
    const [half, answer] = [await begin(), await begin()];
    for (const wrong of [{}, { leaseToken: "another" }])
      expect(await grow(answer, { append: " am", ...wrong })).toMatchObject({ code: "lease_lost" });
    expect(await grow(answer, { append: " am", seq: 1, leaseToken })).toMatchObject({
      state: "open",
      seq: 1,
    });
    await world.api.post(world.key, `/v1/runs/${runId}/complete`, { leaseToken, messageId: answer });
    expect(await said(channel)).toMatchObject([
      { state: "failed", shown: "I\n\n⚠️ This answer could not be finished." },
      { state: "complete", shown: "I am" },
    ]);
    expect(await grow(half, { append: "?", leaseToken })).toMatchObject({ code: "lease_lost" });
  });
});
