import { afterAll, expect, inject, it, vi } from "vitest";
import { type Database, openDatabase } from "../../src/db/index.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { createTestDatabase } from "../support/database.ts";
import type { FakeEvent } from "../support/fake-homeserver.ts";
import { says, startFakeModel } from "../support/fake-model.ts";
import { patience } from "../support/patience.ts";
import { count } from "./mirror-truth.ts";
import { chooseSeed, linkRooms, openRig, type Rig, sofia, talkRoom } from "./rig.ts";

const seed = chooseSeed(import.meta.filename);
const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

/** On the embedded database nobody can tell that a process has died, and its lease has to run out. */
const canTell = inject("nativeServer") !== null;
const kills = canTell ? 20 : 3;
const words = Array.from({ length: 25 }, (_, n) => `word${n} `);
const whole = words.join("").trim();
/** A bridge whose agent asks a slow model, and a homeserver that takes its time. */
async function openTalk(): Promise<{ rig: Rig; database: Database; asked: readonly unknown[] }> {
  const model = await startFakeModel(says(words, 20));
  closing.push(() => model.stop());
  const own = await createTestDatabase();
  closing.push(() => own.drop());
  const database = openDatabase({ url: own.url, poolSize: 2, clock: systemClock, log: silentLog });
  closing.push(() => database.close());
  await linkRooms(database);
  await database.db.$executeRawUnsafe("UPDATE agent_blueprints SET model = 'default'");
  const env = { LLM_BASE_URL: model.baseUrl, LLM_MODEL: "slow", AGENT_BUDGET: "1000" };
  const rig = await openRig({ seed, databaseUrl: own.url, env });
  closing.push(() => rig.close());
  const slow = { kind: "slow", ms: 15 } as const;
  rig.homeserver.fail(
    { method: "PUT", path: /\/send\/m\.room\.message\// },
    ...Array<typeof slow>(5_000).fill(slow),
  );
  return { rig, database, asked: model.asked };
}

interface Seen {
  /** What the messages that answer say at last, edits applied. */
  readonly texts: readonly string[];
  readonly notices: number;
  readonly edits: number;
}

/** What whoever asked sees of the agent. */
function seenBy({ homeserver }: Rig, question: string): Seen {
  const said = homeserver.messages(talkRoom).filter(({ sender }) => sender === sofia);
  const answers = said.filter((event) => relationOf(event)["m.in_reply_to"]?.event_id === question);
  const notices = answers.filter(({ content }) => content["msgtype"] === "m.notice");
  const messages = answers.filter((event) => !notices.includes(event));
  const edits = messages.map(({ event_id }) =>
    said.filter((event) => {
      const { rel_type, event_id: target } = relationOf(event);
      return rel_type === "m.replace" && target === event_id;
    }),
  );
  const texts = messages.map(({ content }, index) => {
    const last = edits[index]?.at(-1)?.content["m.new_content"] as { body: string } | undefined;
    return last?.body ?? (content["body"] as string);
  });
  return { texts, notices: notices.length, edits: Math.max(0, ...edits.map(({ length }) => length)) };
}

interface Relation {
  readonly rel_type?: string;
  readonly event_id?: string;
  readonly "m.in_reply_to"?: { readonly event_id: string };
}

function relationOf({ content }: FakeEvent): Relation {
  return content["m.relates_to"] ?? {};
}

function fateOf({ texts, notices }: Seen): "answered" | "failed" | "open" | "wrong" {
  const [text] = texts;
  if (texts.length > 1 || notices > 1) return "wrong";
  if (text === whole) return notices === 0 ? "answered" : "wrong";
  if (notices === 1) return text === undefined || text.includes("⚠️") ? "failed" : "wrong";
  return "open";
}

it(`killed ${kills} times while an agent answers, the bridge gives each question one whole answer or one clear failure`, async () => {
  const { rig, database, asked } = await openTalk();
  const { bridge, random } = rig;
  const questions: string[] = [];
  const isOpen = () => questions.some((question) => fateOf(seenBy(rig, question)) === "open");
  const waits: number[] = [];
  for (let round = 0; round < kills; round += 1) {
    const running = await bridge.start();
    const began = performance.now();
    const before = asked.length;
    if (isOpen()) {
      await vi.waitUntil(() => asked.length > before || !isOpen(), patience);
      if (asked.length > before) waits.push(performance.now() - began);
      // Half of what was taken up again may end; the other half is killed once more.
      if (random.below(2) === 0) await vi.waitUntil(() => !isOpen(), patience);
    }
    if (!isOpen()) questions.push(await rig.ask(`question ${round}`));
    await new Promise((wake) => setTimeout(wake, random.below(900)));
    await running.kill();
  }
  const running = await bridge.start();
  await vi.waitUntil(() => !isOpen(), patience);
  await rig.sender.settled();
  await vi.waitFor(async () => {
    const open = "SELECT count(*)::int AS n FROM matrix.sends WHERE state <> 'confirmed'";
    expect(await count(database.db, open)).toBe(0);
  }, patience);
  expect((await running.stop()).code).toBe(0);
  const seen = questions.map((question) => seenBy(rig, question));
  const fates = seen.map(fateOf);
  expect(fates.filter((fate) => fate !== "answered" && fate !== "failed")).toEqual([]);
  expect(Math.max(...seen.map(({ edits }) => edits))).toBeLessThanOrEqual(20);
  const openStreams = "SELECT count(*)::int AS n FROM matrix.streams WHERE state = 'open'";
  expect(await count(database.db, openStreams)).toBe(0);
  const longest = Math.round(Math.max(0, ...waits));
  // A lease is 20 seconds: nobody waited for one.
  if (canTell) expect(longest).toBeLessThan(15_000);
  const answered = fates.filter((fate) => fate === "answered").length;
  console.info(
    `${answered} of ${fates.length} questions answered; taken up again ${waits.length} times, ${longest} ms after the start at most`,
  );
});
