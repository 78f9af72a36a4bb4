import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { echoModel } from "../../src/adapters/llm/echo.ts";
import { type LanguageModel, type RespondPayload, respond } from "../../src/domain/agents/index.ts";
import { declareError } from "../../src/kernel/errors.ts";
import { newUuid } from "../../src/kernel/ids.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { type OpenTestDatabase, openTestDatabase } from "../egress/egress-database.ts";
import { at, type EgressWorld, minutes, openEgressWorld, type Place } from "../egress/egress-world.ts";

let test: OpenTestDatabase;
let world: EgressWorld;
let place: Place;
let sofia: string;
let woken: number;
let typing: string[];

beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  world = await openEgressWorld(test.database);
  place = await world.addChannel("general");
  sofia = await world.addAgent("sofia");
  world.fake.setMembership(place.roomId, "@dao_sofia:test", "join");
  woken = 0;
  typing = [];
});
afterEach(() => world.close());

/** A message of alice's in the mirror, and the job that it leads to. */
async function ask(
  eventId: string,
  more: { kind?: string; threadRoot?: string } = {},
): Promise<RespondPayload> {
  const now = world.database.clock.now();
  await world.sql(
    `INSERT INTO users (id, matrix_id) VALUES ($1::uuid, '@alice:test') ON CONFLICT DO NOTHING`,
    newUuid(now),
  );
  await world.sql(
    `INSERT INTO messages (id, channel_id, matrix_event_id, sender_user_id, sender_type, kind, content_preview,
                           thread_root_event_id)
     SELECT $1::uuid, $2::uuid, $3, id, 'human', $4, 'x', $5 FROM users WHERE matrix_id = '@alice:test'`,
    newUuid(now),
    place.channelId,
    eventId,
    more.kind ?? "text",
    more.threadRoot ?? null,
  );
  return {
    agentId: sofia,
    channelId: place.channelId,
    roomId: place.roomId,
    triggerEventId: eventId,
    sender: "@alice:test",
    threadRoot: more.threadRoot ?? null,
  };
}

/** A model that only fails. */
function failing(error: Error): LanguageModel {
  return {
    name: "x",
    writes: "text",
    stream: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) }),
  };
}

function answer(
  asked: RespondPayload,
  model: LanguageModel = echoModel,
  database = world.database,
): Promise<void> {
  return respond(
    {
      database,
      model,
      readQuestion: () => Promise.resolve("what is the plan?"),
      showTyping: ({ matrixId }) => {
        typing.push(`${matrixId} on`);
        return () => void typing.push(`${matrixId} off`);
      },
      wakeEgress: () => {
        woken += 1;
      },
      log: silentLog,
    },
    asked,
  );
}

function runs() {
  return world.sql<{ status: string; error: string | null; session_id: string }>(
    `SELECT status, model, input, output, error, session_id::text AS session_id FROM agent_runs ORDER BY created_at, id`,
  );
}

async function topics(): Promise<unknown[]> {
  const rows = await world.sql<{ topic: string }>(
    `SELECT topic FROM outbox_events WHERE topic LIKE 'agent.run.%' ORDER BY created_at, topic DESC`,
  );
  return rows.map(({ topic }) => topic);
}

describe("an agent that is spoken to", () => {
  it("answers the message once, as itself, and a second run of the job changes nothing", async () => {
    const asked = await ask("$question");
    await answer(asked);
    await answer(asked);
    await world.deliver();
    const [message, ...more] = world.fake.messages(place.roomId);
    expect(more).toEqual([]);
    expect(message).toMatchObject({
      sender: "@dao_sofia:test",
      content: {
        msgtype: "m.text",
        body: expect.stringContaining("“what is the plan?”") as string,
        "m.relates_to": { "m.in_reply_to": { event_id: "$question" } },
        "m.mentions": { user_ids: ["@alice:test"] },
      },
    });
    expect(await topics()).toEqual(["agent.run.started", "agent.run.completed"]);
    expect(typing).toEqual(["@dao_sofia:test on", "@dao_sofia:test off"]);
    expect(woken).toBe(1);
  });

  it("a run is a row with ids, and what was asked is in none of it", async () => {
    await answer(await ask("$question"));
    const [run] = await runs();
    expect(run).toMatchObject({
      status: "completed",
      model: "echo",
      input: { trigger_event_id: "$question", sender: "@alice:test" },
      output: { message_id: expect.stringMatching(/^m_/) as string },
    });
    expect(
      JSON.stringify([await runs(), await world.sql(`SELECT payload FROM outbox_events`)]),
    ).not.toContain("plan?");
  });

  it("answers in the thread that it was asked in", async () => {
    await ask("$root");
    await answer(await ask("$inside", { threadRoot: "$root" }));
    const [row] = await world.sql<{ content: object }>(`SELECT content FROM matrix.sends`);
    expect(row?.content).toMatchObject({
      "m.relates_to": {
        rel_type: "m.thread",
        event_id: "$root",
        is_falling_back: false,
        "m.in_reply_to": { event_id: "$inside" },
      },
    });
  });

  it("does not answer agents, notices, what was redacted, or while it is suspended", async () => {
    await answer({ ...(await ask("$agent")), sender: "@dao_sofia:test" });
    await answer(await ask("$notice", { kind: "notice" }));
    const redacted = await ask("$redacted");
    await world.sql(
      `UPDATE messages SET redacted_at = now(), kind = 'redacted' WHERE matrix_event_id = '$redacted'`,
    );
    await answer(redacted);
    await answer({ ...redacted, triggerEventId: "$unknown" });
    await world.sql(`UPDATE agents SET status = 'suspended' WHERE id = $1::uuid`, sofia);
    await answer(await ask("$suspended"));
    expect(await runs()).toEqual([]);
    expect(typing).toEqual([]);
  });

  it("takes part in one session, and in a new one after a pause", async () => {
    await Promise.all([answer(await ask("$one")), answer(await ask("$two"))]);
    await answer(await ask("$three"), echoModel, at(world, minutes(31)));
    const [one, two, three] = (await runs()).map(({ session_id }) => session_id);
    expect(one).toBe(two);
    expect(three).not.toBe(one);
    const sessions = await world.sql(`SELECT status FROM agent_sessions ORDER BY started_at`);
    expect(sessions).toEqual([{ status: "closed" }, { status: "active" }]);
  });

  it("a model that is away is asked again, three times in all", async () => {
    const modelAway = declareError<object>("model_away", "unavailable", () => "away");
    const away = failing(modelAway({}));
    const asked = await ask("$question");
    await expect(answer(asked, away)).rejects.toSatisfy(modelAway.is);
    await expect(answer(asked, away)).rejects.toSatisfy(modelAway.is);
    expect(await runs()).toMatchObject([{ status: "started" }]);
    await answer(asked, away);
    expect(await runs()).toMatchObject([{ status: "failed", error: "model_away" }]);
    await answer(asked);
    expect(await topics()).toEqual(["agent.run.started", "agent.run.failed"]);
    const other = await ask("$other");
    await expect(answer(other, away)).rejects.toSatisfy(modelAway.is);
    await answer(other);
    expect((await runs()).at(-1)).toMatchObject({ status: "completed" });
  });

  it("any other failure ends the run, and says no more of a bug than that it is one", async () => {
    const broken = failing(new TypeError("secret plan"));
    await answer(await ask("$bug"), broken);
    await world.sql(`UPDATE channels SET encrypted = true`);
    await answer(await ask("$encrypted"));
    expect(await runs()).toMatchObject([
      { status: "failed", error: "bug" },
      { status: "failed", error: "channel_encrypted" },
    ]);
    expect(await world.sql(`SELECT 1 FROM matrix.sends`)).toEqual([]);
  });

  it("a question that is withdrawn while it is thought about gets no answer", async () => {
    const modelAway = declareError<object>("model_away", "unavailable", () => "away");
    const asked = await ask("$question");
    await answer(asked, failing(modelAway({}))).catch(() => undefined);
    await world.sql(`UPDATE messages SET redacted_at = now()`);
    await answer(asked);
    expect(await runs()).toMatchObject([{ status: "failed", error: "question_withdrawn" }]);
  });

  it("thirty answers a minute in one channel are enough", async () => {
    for (let number = 0; number < 31; number += 1) await answer(await ask(`$q${number}`));
    const all = await runs();
    expect(all.filter(({ status }) => status === "completed")).toHaveLength(30);
    expect(all.at(-1)).toMatchObject({ status: "failed", error: "answer_limit_reached" });
    await answer(await ask("$later"), echoModel, at(world, minutes(2)));
    expect((await runs()).at(-1)).toMatchObject({ status: "completed" });
  });
});
