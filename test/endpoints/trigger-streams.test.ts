import { createParser, type EventSourceMessage } from "eventsource-parser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveApi } from "./api-server.ts";
import { openProgramsWorld, type ProgramsWorld } from "./programs-world.ts";

interface Heard {
  readonly type: string;
  readonly id: string | undefined;
  readonly data: Record<string, unknown>;
}

/** Somebody who listens, by either way, and keeps what was said. */
interface Listener {
  readonly next: (type: string) => Promise<Heard>;
  readonly ended: Promise<unknown>;
  close(): void;
}

const patienceMs = 3_000;

function keeper() {
  const heard: Heard[] = [];
  const waiting = new Set<() => void>();
  return {
    take: (message: Heard): void => {
      heard.push(message);
      for (const wake of waiting) wake();
    },
    /** Takes the first of a type that nobody has taken. */
    next: async (type: string): Promise<Heard> => {
      const until = AbortSignal.timeout(patienceMs);
      for (;;) {
        const index = heard.findIndex((message) => message.type === type);
        if (index >= 0) return heard.splice(index, 1)[0]!;
        await new Promise<void>((resolve, reject) => {
          waiting.add(resolve);
          until.addEventListener("abort", () =>
            reject(new Error(`no ${type} among ${JSON.stringify(heard)}`)),
          );
        });
      }
    },
  };
}

async function bySse(url: string, key: string, lastId = ""): Promise<Listener> {
  const abort = new AbortController();
  const headers = { authorization: `Bearer ${key}`, ...(lastId !== "" && { "last-event-id": lastId }) };
  const response = await fetch(`${url}/v1/agents/me/triggers`, { headers, signal: abort.signal });
  if (!response.ok || response.body === null) throw new Error(`${response.status} ${await response.text()}`);
  const { take, next } = keeper();
  const onEvent = ({ event = "event", id, data }: EventSourceMessage) =>
    take({ type: event, id, data: JSON.parse(data) as Heard["data"] });
  const parser = createParser({ onEvent });
  const body = response.body.pipeThrough(new TextDecoderStream());
  const read = async () => {
    for await (const text of body as unknown as AsyncIterable<string>) parser.feed(text);
  };
  return { next, ended: read().catch(() => "cut"), close: () => abort.abort() };
}

async function bySocket(url: string, key: string, lastId = ""): Promise<Listener> {
  const path = `/v1/agents/me/triggers?lastEventId=${lastId}`;
  const socket = new WebSocket(url.replace("http", "ws") + path, ["microdao.v1", `bearer.${key}`]);
  const { take, next } = keeper();
  socket.addEventListener("message", ({ data }) => take(JSON.parse(String(data)) as Heard));
  const ended = new Promise((resolve) => socket.addEventListener("close", ({ code }) => resolve(code)));
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("the handshake was refused")));
  });
  return { next, ended, close: () => socket.close() };
}

describe.each([
  ["server-sent events", bySse],
  ["a WebSocket", bySocket],
] as const)("by %s", (_way, listen) => {
  let world: ProgramsWorld;
  let server: Awaited<ReturnType<typeof serveApi>>;

  beforeAll(async () => {
    world = await openProgramsWorld();
    server = await serveApi(world);
  });
  afterAll(async () => {
    await server.stop();
    await world.close();
  });

  const claim = async () => {
    const reply = await world.api.post(world.key, "/v1/runs/claim", {});
    return reply.json<{ items: { runId: string; leaseToken: string }[] }>().items[0];
  };
  const about = (run: { runId: string; leaseToken: string } | undefined, verb: string) =>
    world.api.post(world.key, `/v1/runs/${run?.runId ?? ""}/${verb}`, { leaseToken: run?.leaseToken });

  it("a program is told of what waits, then of what comes, and nothing is taken by that", async () => {
    const channel = await world.addChannel();
    const first = await world.ask(channel, "first");
    const listener = await listen(server.url, world.key);
    expect((await listener.next("ready")).data).toEqual({ resumed: false });
    expect(await listener.next("trigger")).toMatchObject({
      id: first.runId,
      data: { runId: first.runId, kind: "mention", eventId: first.eventId, channelId: channel.apiId },
    });
    const second = await world.ask(await world.addChannel(), "second");
    expect((await listener.next("trigger")).id).toBe(second.runId);
    for (const { runId } of [first, second]) {
      const run = await claim();
      expect(run?.runId).toBe(runId);
      await about(run, "complete");
    }
    listener.close();
    await listener.ended;
  });

  it("what waits behind another is told when its turn has come, and what comes back is told again", async () => {
    const channel = await world.addChannel();
    const first = await world.ask(channel, "first");
    const second = await world.ask(channel, "second");
    const listener = await listen(server.url, world.key);
    expect((await listener.next("trigger")).id).toBe(first.runId);
    await about(await claim(), "complete");
    expect((await listener.next("trigger")).id).toBe(second.runId);
    const run = await claim();
    await world.api.sql(`UPDATE agent_runs SET leased_until = now() WHERE id = $1`, [second.runId]);
    expect((await listener.next("trigger")).data).toMatchObject({ runId: second.runId, attempt: 2 });
    await about(run, "complete");
    listener.close();
  });

  it("who comes back after a restart is told of all that waits", async () => {
    const own = await serveApi(world);
    const listener = await listen(own.url, world.key);
    await listener.next("ready");
    await own.stop();
    await listener.ended;
    const { runId } = await world.ask(await world.addChannel(), "while you were away");
    const again = await serveApi(world, own.port);
    const back = await listen(again.url, world.key, "run_01h4vjdvzefw18zfwz5dxw5y8g");
    expect((await back.next("ready")).data).toEqual({ resumed: true });
    expect((await back.next("trigger")).id).toBe(runId);
    await about(await claim(), "complete");
    back.close();
    await again.stop();
  });

  it("an agent hears nothing of others, and nobody but agents may listen", async () => {
    const { key } = await world.addAgent("other");
    await world.ask(await world.addChannel(), "Sofia?");
    const listener = await listen(server.url, key);
    await listener.next("ready");
    await expect(listener.next("trigger")).rejects.toThrow("no trigger");
    listener.close();
    const reader = await world.api.key({
      subject: { kind: "integration", id: "x" },
      microdaoId: world.microdaoId,
    });
    await expect(listen(server.url, reader)).rejects.toThrow();
    await about(await claim(), "complete");
  });

  it("a key that is revoked hears why it ends", async () => {
    const { key } = await world.addAgent("leaving");
    const listener = await listen(server.url, key);
    await listener.next("ready");
    await world.api.sql(`UPDATE access_keys SET status = 'revoked' WHERE id = $1`, [key.slice(0, 29)]);
    expect((await listener.next("end")).data).toMatchObject({ code: "access_key_revoked" });
    await listener.ended;
  });
});
