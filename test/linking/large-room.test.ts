import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../src/kernel/clock.ts";
import { handleBackfill } from "../../src/matrix/backfill/backfill-room.ts";
import { openHomeserver } from "../../src/matrix/homeserver/index.ts";
import { handleLinkRoom } from "../../src/matrix/linking/link-room.ts";
import { openWorld, type World } from "./world.ts";

/** `LARGE_ROOM=full`: 20,000 members and 50,000 events, some minutes. */
const isFull = process.env["LARGE_ROOM"] === "full";
const members = isFull ? 20_000 : 3_000;
const events = isFull ? 50_000 : 5_000;
const roomId = "!history:bench.test";
const mostGrowthMiB = 400;

let world: World;
let server: ChildProcess;
let url: string;
beforeAll(async () => {
  world = await openWorld();
  const program = `${import.meta.dirname}/../../bench/history-server.ts`;
  server = spawn(process.execPath, [program, String(events), String(members), "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (server.stdout === null) throw new TypeError("the server has no output");
  for await (const line of createInterface({ input: server.stdout })) {
    ({ url } = JSON.parse(line) as { url: string });
    break;
  }
});
afterAll(async () => {
  server.kill("SIGKILL");
  await world.close();
});

it(
  `128: a room of ${members} members and ${events} events is linked and read back in bounded memory and small transactions`,
  async () => {
    let largest = 0;
    const deps = {
      ...world.deps,
      homeserver: openHomeserver({ url, token: "secret", clock: systemClock }),
      database: { ...world.database, queue: undefined },
      ingest: (batch: readonly unknown[], source: Parameters<typeof world.deps.ingest>[1]) => {
        largest = Math.max(largest, batch.length);
        return world.deps.ingest(batch, source);
      },
    };
    const rss = () => process.memoryUsage().rss / 2 ** 20;
    const before = rss();
    let peak = before;
    const looking = setInterval(() => {
      peak = Math.max(peak, rss());
    }, 20);
    const startedAt = performance.now();
    expect(await handleLinkRoom(deps, { roomId, inviter: null })).toMatchObject({ is: "linked" });
    const linkedAt = performance.now();
    const done = await handleBackfill(deps, { roomId }, { pages: Number.POSITIVE_INFINITY });
    const readAt = performance.now();
    clearInterval(looking);
    expect(done).toMatchObject({ status: "done", events });
    expect(largest).toBeLessThanOrEqual(250);
    const [stored] = await world.rows<object>(
      `SELECT (SELECT count(*) FROM channel_members)::int >= $1::int AS members,
              (SELECT count(*) FROM messages)::int + (SELECT count(*) FROM matrix.edits)::int
              + (SELECT count(*) FROM matrix.reactions)::int + (SELECT count(*) FROM matrix.redactions)::int
              + (SELECT count(*) FROM matrix.member_events WHERE event_id NOT LIKE '$state-%')::int AS events`,
      members,
    );
    expect(stored).toEqual({ members: true, events });
    const seconds = (ms: number) => (ms / 1000).toFixed(1);
    process.stdout.write(
      `${members} members linked in ${seconds(linkedAt - startedAt)} s, ${events} events read in ` +
        `${seconds(readAt - linkedAt)} s; memory grew by at most ${Math.round(peak - before)} MiB\n`,
    );
    expect(peak - before).toBeLessThan(mostGrowthMiB);
  },
  isFull ? 600_000 : undefined,
);
