import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Database, openDatabase } from "../../src/db/index.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { patience } from "../support/patience.ts";
import { count, expectAllStored, expectOutboxMatches } from "./mirror-truth.ts";
import { chooseSeed, floodRooms, linkRooms, openRig, type Rig, sofia, talkRoom } from "./rig.ts";

const seed = chooseSeed(import.meta.filename);
/** Stands in everything that people said here and nobody may read in a log. */
const secret = "whisper-7f3a";

let own: TestDatabase;
let database: Database;
let rig: Rig;

beforeAll(async () => {
  own = await createTestDatabase();
  database = openDatabase({ url: own.url, poolSize: 2, clock: systemClock, log: silentLog });
  await linkRooms(database);
  rig = await openRig({ seed, databaseUrl: own.url });
});

afterAll(async () => {
  await rig.close();
  await database.close();
  await own.drop();
});

function flood(): () => void {
  const { sender, history } = rig;
  const timer = setInterval(() => {
    if (sender.isUp && sender.pending < 500) sender.offer(...history(80).map(whispered));
  }, 5);
  return () => clearInterval(timer);
}

/** The same event with the secret in everything that it says. */
function whispered<E extends { readonly content: Record<string, unknown> }>(event: E): E {
  const { content } = event;
  const said = ["body", "formatted_body", "displayname"].filter((key) => key in content);
  return {
    ...event,
    content: {
      ...content,
      ...Object.fromEntries(said.map((key) => [key, `${secret} ${String(content[key])}`])),
    },
  };
}

describe("asked to stop", () => {
  it("149: under load, the bridge ends by itself in less than ten seconds, and what it acknowledged is stored", async () => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGTERM"] as const) {
      const running = await rig.bridge.start();
      await vi.waitUntil(() => rig.sender.isUp, patience);
      const stop = flood();
      for (let transactions = 0; transactions < 10; transactions += 1) await rig.sender.nextRequest();
      const { code, ms } = await running.stop(signal);
      stop();
      expect(code).toBe(0);
      expect(ms).toBeLessThan(10_000);
      await expectAllStored(database.db, rig.sender.acknowledged);
    }
  });

  it("149: while the database does not answer, the bridge ends all the same", async () => {
    const running = await rig.bridge.start();
    await rig.sender.settled();
    const locker = new Client({ connectionString: own.url });
    await locker.connect();
    await locker.query("BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE");
    rig.sender.offer(...rig.history(100).map(whispered));
    await rig.sender.nextRequest();
    const { ms } = await running.stop();
    expect(ms).toBeLessThan(10_000);
    await locker.end();
    await expectAllStored(database.db, rig.sender.acknowledged);
  });
});

describe("when its own work fails", () => {
  it("150: work that throws stops neither the listener nor the process, and is done later", async () => {
    const running = await rig.bridge.start();
    await rig.sender.settled();
    await database.db.$executeRawUnsafe("ALTER TABLE agent_sessions RENAME TO agent_sessions_elsewhere");
    const question = await rig.ask(`${secret}, are you there?`);
    await vi.waitFor(() => expect(rig.bridge.output()).toContain("runs cannot be claimed"), patience);
    rig.sender.offer(...rig.history(200).map(whispered));
    await rig.sender.settled();
    expect(running.isRunning()).toBe(true);
    await database.db.$executeRawUnsafe("ALTER TABLE agent_sessions_elsewhere RENAME TO agent_sessions");
    const answers = () =>
      rig.homeserver.messages(talkRoom).filter(({ sender, content }) => {
        const relation = content["m.relates_to"] as { "m.in_reply_to"?: { event_id: string } } | undefined;
        return sender === sofia && relation?.["m.in_reply_to"]?.event_id === question;
      });
    await vi.waitFor(() => expect(answers()).toHaveLength(1), patience);
    await running.stop();
  });

  it("events that nobody can read and a homeserver that answers nonsense stop nothing", async () => {
    const running = await rig.bridge.start();
    const poison = [null, 7, secret, [secret], {}, { event_id: secret, content: secret }];
    const bodies = [secret + "\0", `${secret} \ud800`, secret.repeat(6_000), { [secret]: secret }, null];
    const odd = bodies.map((body, index) => ({
      event_id: `$odd${index}`,
      room_id: floodRooms[0],
      sender: `@odd:${secret}`,
      type: "m.room.message",
      origin_server_ts: [0, -1, 1e300, 1.5, null][index],
      content: { msgtype: "m.text", body },
    }));
    const push = (token: string, body: unknown) =>
      fetch(`${rig.bridge.url}/_matrix/app/v1/transactions/poison`, {
        method: "PUT",
        headers: { authorization: `Bearer ${token}` },
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
    await rig.ask("!dao status");
    // The bot's answer is what meets them.
    rig.homeserver.fail(
      { path: /\/send\// },
      { kind: "html", status: 502 },
      { kind: "not-json" },
      { kind: "cut-in-body" },
    );
    const statuses = [
      await push(rig.bridge.hsToken, { events: [...poison, ...odd] }),
      await push(rig.bridge.hsToken, `{"events": "${secret}"}`),
      await push(rig.bridge.hsToken, `{"events": [${secret}`),
      await push(`${secret}-${rig.bridge.hsToken}`, { events: poison }),
      await fetch(`${rig.bridge.url}/v1/channels?${secret}=1`, {
        headers: { authorization: `Bearer ak_${secret}` },
      }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([200, 400, 400, 403, 401]);
    const said = () =>
      count(database.db, `SELECT count(*)::int AS n FROM matrix.sends WHERE state = 'confirmed'`);
    await vi.waitFor(async () => expect(await said()).toBe(2), patience);
    await rig.sender.settled();
    expect(running.isRunning()).toBe(true);
    expect((await running.stop()).code).toBe(0);
    await database.db.$executeRawUnsafe("DELETE FROM matrix.inbox");
    await expectAllStored(database.db, rig.sender.acknowledged);
    await expectOutboxMatches(database.db);
  });
});

describe("the log at its default level", () => {
  it("151: has neither a word that was said nor a token nor a key", () => {
    const log = rig.bridge.output();
    expect(log).toContain("the bridge is up");
    expect(log).toContain("runs cannot be claimed");
    expect(rig.bridge.env["LOG_LEVEL"]).toBeUndefined();
    const bodies = [...rig.sender.offered.values()].map(({ content }) => content["body"]);
    const forbidden = new Set([
      secret,
      rig.bridge.asToken,
      rig.bridge.hsToken,
      rig.bridge.env["SECRETS_KEK"],
      ...bodies.filter((body): body is string => typeof body === "string" && body.length > 12),
    ]);
    expect(forbidden.size).toBeGreaterThan(500);
    expect([...forbidden].filter((words) => words !== undefined && log.includes(words))).toEqual([]);
  });
});
