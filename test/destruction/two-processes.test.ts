import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createRandom } from "../../bench/random.ts";
import { type Database, openDatabase, transact } from "../../src/db/index.ts";
import { createAccessKey, hashKeyOf, setQuotas } from "../../src/domain/governance/index.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { encodeId } from "../../src/kernel/ids.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { type BridgeProcess, type InstalledBridge, installBridge } from "../support/bridge-process.ts";
import { createTestDatabase } from "../support/database.ts";
import { type FakeModel, openStream, sendEnd, sendText, startFakeModel } from "../support/fake-model.ts";
import type { MatrixEvent } from "../support/matrix-events.ts";
import { patience } from "../support/patience.ts";
import { SynapseSender } from "../support/synapse-sender.ts";
import { count } from "./mirror-truth.ts";
import { asker, bot, chooseSeed, linkRooms, openRig, type Rig, serverName, sofia, talkRoom } from "./rig.ts";

const seed = chooseSeed(import.meta.filename);
const otto = `@dao_otto:${serverName}`;
const operator = { id: "test", kind: "service" } as const;
let database: Database;
let rig: Rig;
/** Another process on the same database, to which the homeserver pushes everything as well. */
let other: InstalledBridge;
let second: BridgeProcess;
let model: FakeModel;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  model = await startFakeModel();
  closing.push(() => model.stop());
  const own = await createTestDatabase();
  closing.push(() => own.drop());
  database = openDatabase({ url: own.url, poolSize: 2, clock: systemClock, log: silentLog });
  closing.push(() => database.close());
  await linkRooms(database);
  await addOtto();
  const env = {
    LLM_BASE_URL: model.baseUrl,
    LLM_MODEL: "any",
    AGENT_BUDGET_SECONDS: "600",
    API_REQUESTS_PER_SECOND: "1000",
  };
  // Who works on a run mostly goes on with the next: so the process that is killed begins, and the other one goes on.
  const lateBy = ({ sender }: MatrixEvent) => (sender === asker ? 100 : 0);
  rig = await openRig({ seed, databaseUrl: own.url, env, lateBy });
  closing.push(() => rig.close());
  const { homeserver } = rig;
  other = await installBridge({ homeserverUrl: homeserver.url, serverName, databaseUrl: own.url, env });
  closing.push(() => other.remove());
  const { url, hsToken } = other;
  const sender = new SynapseSender({ url, hsToken, random: createRandom(seed + 1), firstPauseMs: 20 });
  closing.push(() => sender.stop());
  homeserver.onEvent((event) => sender.offer(event));
  homeserver.setMembership(talkRoom, otto, "join");
  rig.sender.offer({
    event_id: "$join-of-otto",
    room_id: talkRoom,
    sender: otto,
    type: "m.room.member",
    state_key: otto,
    origin_server_ts: Date.now(),
    content: { membership: "join" },
  });
  await rig.bridge.start();
  second = await other.start();
  await rig.sender.settled();
});

afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

/** Each agent has a model of its own, by which the test knows who is asked; both answer agents. */
async function addOtto(): Promise<void> {
  await database.db.$executeRawUnsafe(
    `INSERT INTO agents (id, external_id, name, kind, blueprint_id, matrix_id)
     SELECT '00000000-0000-7000-8000-000000000006', 'agent:otto', 'Otto', 'assistant', id, $1 FROM agent_blueprints`,
    otto,
  );
  await database.db.$executeRawUnsafe(
    `UPDATE agents SET config = jsonb_build_object('model', external_id, 'answersAgents', true)`,
  );
}

const runs = (where: string) =>
  count(database.db, `SELECT count(*)::int AS n FROM agent_runs WHERE ${where}`);

it("two agents that mention each other over two processes, one of which is killed and comes back, are stopped by their budget, and the room is told once", async () => {
  model.answer = async (response, { body }) => {
    openStream(response);
    sendText(response, `What do you think, ${body.model === "agent:otto" ? sofia : otto}?`);
    await new Promise((wake) => setTimeout(wake, 150));
    sendEnd(response);
  };
  await rig.ask("begin");
  await vi.waitUntil(() => model.asked.length >= 7, patience);
  await second.kill();
  await vi.waitUntil(() => model.asked.length >= 10, patience);
  second = await other.start();
  await vi.waitUntil(async () => (await runs("error = 'budget_exhausted'")) > 0, patience);
  await vi.waitUntil(async () => (await runs("status IN ('queued', 'started')")) === 0, patience);
  await rig.sender.settled();
  await vi.waitUntil(
    async () =>
      (await count(
        database.db,
        "SELECT count(*)::int AS n FROM matrix.sends WHERE state IN ('queued', 'sending')",
      )) === 0,
    patience,
  );
  expect(await runs("status = 'completed'")).toBe(20);
  expect(await runs("status <> 'completed'")).toBe(1);
  const said = rig.homeserver.messages(talkRoom).filter(({ sender }) => sender !== asker && sender !== bot);
  const notices = said.filter(({ content }) => content["msgtype"] === "m.notice");
  expect(notices.map(({ content }) => content["body"])).toEqual([
    expect.stringContaining("I rest for 60 seconds"),
  ]);
  const isEdit = ({ "m.relates_to": relation }: Record<string, unknown>) =>
    (relation as { rel_type?: string } | undefined)?.rel_type === "m.replace";
  expect(said.filter((event) => !notices.includes(event) && !isEdit(event.content))).toHaveLength(20);
  for (const bridge of [rig.bridge, other]) expect(bridge.output()).toContain("a run was worked on");
});

it("a quota is exact when two processes are asked at once", async () => {
  const [most, tooMany] = [25, 15];
  const kek = Buffer.alloc(32, 7);
  const token = await transact(database, operator, async (tx) => {
    const { key, token: made } = await createAccessKey(tx, hashKeyOf(kek), {
      subject: { kind: "agent", id: "agent:sofia" },
      name: "test",
      capabilities: ["chat.message.send"],
    });
    await setQuotas(tx, { kind: "key", id: key.id }, [{ what: "messages", period: "day", amount: most }]);
    return made;
  });
  const [talk] = await database.db.$queryRawUnsafe<{ id: string }[]>(
    "SELECT id::text AS id FROM channels WHERE matrix_room_id = $1",
    talkRoom,
  );
  const path = `/v1/channels/${encodeId("c", talk?.id ?? "")}/messages`;
  const post = async (n: number) => {
    const reply = await fetch(`${n % 2 === 0 ? rig.bridge.url : other.url}${path}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "idempotency-key": `raced-${n}`,
      },
      body: JSON.stringify({ text: `raced ${n}` }),
    });
    const { code, clause } = (await reply.json()) as { code?: string; clause?: string };
    return { n, status: reply.status, code, clause, wait: Number(reply.headers.get("retry-after")) };
  };
  const answers = await Promise.all(Array.from({ length: most + tooMany }, (_, n) => post(n)));
  const accepted = answers.filter(({ status }) => status === 202);
  const refused = answers.filter(({ status }) => status !== 202);
  expect(accepted).toHaveLength(most);
  for (const refusal of refused) {
    expect(refusal).toMatchObject({ status: 429, code: "quota_exceeded", clause: "quota" });
    expect(refusal.wait).toBeGreaterThan(0);
  }
  // What was refused is refused again by the other process, and what was accepted is given again without a cost.
  const again = await Promise.all([accepted[0], refused[0]].map((one) => post(one?.n ?? 0)));
  expect(again.map(({ status }) => status)).toEqual([202, 429]);
  const raced = () =>
    rig.homeserver.messages(talkRoom).filter(({ content }) => String(content["body"]).startsWith("raced"));
  await vi.waitUntil(() => raced().length >= most, patience);
  expect(raced()).toHaveLength(most);
});
