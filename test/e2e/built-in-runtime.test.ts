import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type AnswerOfModel,
  type FakeModel,
  inTurn,
  openStream,
  says,
  sendEnd,
  sendText,
  startFakeModel,
} from "../support/fake-model.ts";
import {
  inviteTo,
  membershipOf,
  mirroredRoom,
  openRealWorld,
  type Person,
  type RealWorld,
  realSofia,
  roomPath,
  say,
} from "../support/real-world.ts";

interface RoomEvent {
  readonly event_id: string;
  readonly sender: string;
  readonly type: string;
  readonly content: Record<string, unknown> & {
    readonly body?: string;
    readonly "m.relates_to"?: Record<string, unknown>;
    readonly "m.new_content"?: { readonly body: string; readonly formatted_body?: string };
  };
}

const words = Array.from({ length: 40 }, (_, n) => (n % 10 === 0 ? `\n\n**part ${n}** ` : `word${n} `));
const whole = words.join("").trim();

let world: RealWorld;
let model: FakeModel;
let alice: Person;
let roomId: string;

beforeAll(async () => {
  model = await startFakeModel();
  world = await openRealWorld("@alice:localhost", { LLM_BASE_URL: model.baseUrl, LLM_MODEL: "parrot" });
  await world.rows(
    `UPDATE agent_blueprints SET model = 'default', system_prompt = 'You are a parrot.' WHERE code = 'test'`,
  );
  alice = await world.person("alice");
  roomId = await mirroredRoom(world, alice, { name: "talk" });
  await inviteTo(alice, roomId, realSofia);
  await world.until("Sofia is in", async () => (await membershipOf(alice, roomId, realSofia)) === "join");
});
afterAll(async () => {
  await world.close();
  await model.stop();
});

async function saidBySofia(): Promise<RoomEvent[]> {
  const page = await alice.ask("GET", `${roomPath(roomId)}/messages?dir=b&limit=100`);
  const events = page["chunk"] as RoomEvent[];
  return events.filter(({ sender, type }) => sender === realSofia && type === "m.room.message").toReversed();
}

/** What answers a question, and the edits of that. */
async function answerTo(question: string): Promise<{ answers: RoomEvent[]; edits: RoomEvent[] }> {
  const said = await saidBySofia();
  const relation = ({ content }: RoomEvent) => content["m.relates_to"] ?? {};
  const answers = said.filter((event) => {
    const reply = relation(event)["m.in_reply_to"] as { event_id?: string } | undefined;
    return reply?.event_id === question;
  });
  const edits = said.filter(
    (event) =>
      relation(event)["rel_type"] === "m.replace" && relation(event)["event_id"] === answers[0]?.event_id,
  );
  return { answers, edits };
}

function ask(body: string, more: object = {}): Promise<string> {
  return say(alice, roomId, body, { "m.mentions": { user_ids: [realSofia] }, ...more });
}

async function untilRun(question: string): Promise<Record<string, unknown>> {
  let run: Record<string, unknown> = {};
  await world.until(
    "the run has ended",
    async () => {
      [run = {}] = await world.rows(`SELECT * FROM agent_runs WHERE trigger_event_id = $1`, question);
      const open = await world.rows(`SELECT 1 FROM matrix.sends WHERE state IN ('queued', 'sending')`);
      return ["completed", "failed"].includes(String(run["status"])) && open.length === 0;
    },
    60,
  );
  return run;
}

describe("an agent with a model", () => {
  it("answers in one message that grows by few edits and ends whole, as HTML too", async () => {
    // Where one person and one agent are, everything asks.
    model.answer = says(["I see."]);
    await untilRun(await say(alice, roomId, "The plan is tea at five."));
    const [someAreSeen, moreAreSeen] = [
      Promise.withResolvers<undefined>(),
      Promise.withResolvers<undefined>(),
    ];
    model.answer = async (response) => {
      openStream(response);
      for (const [index, word] of words.entries()) {
        if (index === 10) await someAreSeen.promise;
        if (index === 30) await moreAreSeen.promise;
        sendText(response, word);
      }
      sendEnd(response);
    };
    const question = await ask("Sofia, what is the plan?");
    await world.until("its first words are seen", async () => (await answerTo(question)).answers.length > 0);
    expect((await answerTo(question)).answers[0]?.content.body?.length).toBeLessThan(whole.length);
    someAreSeen.resolve(undefined);
    await world.until("it has grown", async () => (await answerTo(question)).edits.length > 0);
    moreAreSeen.resolve(undefined);
    const run = await untilRun(question);
    expect(run).toMatchObject({
      status: "completed",
      input_tokens: 11,
      output_tokens: 7,
      model: expect.any(String) as string,
    });
    const { answers, edits } = await answerTo(question);
    expect(answers).toHaveLength(1);
    expect(edits.length).toBeGreaterThan(1);
    expect(edits.length).toBeLessThanOrEqual(20);
    for (const edit of edits) expect(edit.content["m.new_content"]).toMatchObject({ msgtype: "m.text" });
    const last = edits.at(-1)?.content["m.new_content"];
    expect(last?.body.trim()).toBe(whole);
    expect(last?.formatted_body).toContain("<strong>part 0</strong>");
    const asked = model.asked.at(-1);
    expect(JSON.stringify(asked?.body.messages)).toContain("The plan is tea at five.");
    expect(asked?.body.messages[0]).toMatchObject({
      role: "system",
      content: expect.stringContaining("You are a parrot.") as string,
    });
  });

  it("asked in a thread, answers in the thread", async () => {
    model.answer = says(["In here."]);
    const root = await say(alice, roomId, "A thread");
    const relates = {
      rel_type: "m.thread",
      event_id: root,
      is_falling_back: true,
      "m.in_reply_to": { event_id: root },
    };
    const question = await ask("Sofia?", { "m.relates_to": relates });
    await untilRun(question);
    const { answers } = await answerTo(question);
    expect(answers).toMatchObject([
      { content: { body: "In here.", "m.relates_to": { rel_type: "m.thread", event_id: root } } },
    ]);
  });

  it("killed in the middle of an answer, it has given exactly one whole answer in the end", async () => {
    const begins: AnswerOfModel = (response) => {
      openStream(response);
      for (const word of words.slice(0, 10)) sendText(response, word);
    };
    model.answer = inTurn(begins, says(words));
    const question = await ask("Sofia, once more?");
    await world.until("its first words are seen", async () => (await answerTo(question)).answers.length > 0);
    await world.bridge.kill();
    world.bridge = await world.installed.start();
    expect(await untilRun(question)).toMatchObject({ status: "completed" });
    const { answers, edits } = await answerTo(question);
    expect(answers).toHaveLength(1);
    expect(edits.length).toBeLessThanOrEqual(20);
    expect(edits.at(-1)?.content["m.new_content"]?.body.trim()).toBe(whole);
  });
});
