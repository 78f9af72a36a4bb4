import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { listMessages, type PollView } from "../../src/domain/messaging/index.ts";
import { alice, bob, eventOf, type MatrixEvent, redactionOf, state } from "../support/matrix-events.ts";
import { openWorld, type World } from "../support/world.ts";

const carol = "@carol:test";
const mod = "@mod:test";
let world: World;
let clock = 1_760_000_000_000;

beforeAll(async () => {
  world = await openWorld({ withoutJobs: true });
  await push(
    state("m.room.power_levels", { users: { [alice]: 100, [mod]: 50 } }, { origin_server_ts: clock }),
  );
});
afterAll(() => world.close());
beforeEach(() => {
  clock += 1_000_000;
});

async function push(...events: readonly MatrixEvent[]): Promise<void> {
  expect((await world.push(events)).statusCode).toBe(200);
}

async function pollOf(event: MatrixEvent): Promise<PollView | null | undefined> {
  const messages = await listMessages(world.database.db, {
    channelId: world.channelId,
    order: "desc",
    after: null,
    limit: 200,
  });
  return messages.find(({ eventId }) => eventId === event.event_id)?.poll;
}

/** `a 2, b 0` for each answer with its votes. */
async function votes(event: MatrixEvent): Promise<string> {
  const poll = await pollOf(event);
  return (poll?.answers ?? []).map(({ id, votes: count }) => `${id} ${String(count)}`).join(", ");
}

const at = (after: number) => ({ origin_server_ts: clock + after });
const refer = (poll: MatrixEvent) => ({
  "m.relates_to": { rel_type: "m.reference", event_id: poll.event_id },
});

function start(change: Record<string, unknown> = {}): MatrixEvent {
  const answers = ["a", "b", "c"].map((id) => ({ "m.id": id, "m.text": [{ body: `Answer ${id}` }] }));
  const poll = { kind: "m.disclosed", question: { "m.text": [{ body: "Which?" }] }, answers, ...change };
  return eventOf("m.poll.start", { "m.text": [{ body: "Which? a b c" }], "m.poll": poll }, at(0));
}

const vote = (poll: MatrixEvent, sender: string, selections: unknown, after: number): MatrixEvent =>
  eventOf("m.poll.response", { ...refer(poll), "m.selections": selections }, { sender, ...at(after) });
const end = (poll: MatrixEvent, sender: string, after: number): MatrixEvent =>
  eventOf("m.poll.end", { ...refer(poll), "m.text": [{ body: "It is over" }] }, { sender, ...at(after) });

/** All orders of a few events, each pushed event by event into a mirror that has not seen them. */
function* orders<T>(items: readonly T[]): Generator<T[]> {
  if (items.length <= 1) yield [...items];
  else {
    for (const [index, item] of items.entries()) {
      for (const rest of orders(items.toSpliced(index, 1))) yield [item, ...rest];
    }
  }
}

describe("votes", () => {
  it("87: the last response of each counts, under stable and unstable names", async () => {
    const poll = start();
    const unstable = eventOf(
      "org.matrix.msc3381.poll.response",
      { ...refer(poll), "org.matrix.msc3381.poll.response": { answers: ["b"] } },
      { sender: carol, ...at(3) },
    );
    await push(
      poll,
      vote(poll, alice, ["a"], 2),
      vote(poll, alice, ["b"], 1),
      vote(poll, bob, ["a"], 1),
      unstable,
    );
    expect(await pollOf(poll)).toEqual({
      disclosed: true,
      maxSelections: 1,
      ended: false,
      endedTs: null,
      voters: 3,
      answers: [
        { id: "a", text: "Answer a", votes: 2 },
        { id: "b", text: "Answer b", votes: 1 },
        { id: "c", text: "Answer c", votes: 0 },
      ],
    });
  });

  it("87: of two responses at the same time the one with the greater event id counts", async () => {
    const poll = start();
    const [first, second] = [vote(poll, bob, ["a"], 1), vote(poll, bob, ["b"], 1)];
    await push(poll, second, first);
    expect(await votes(poll)).toBe("a 0, b 1, c 0");
  });

  it("87: an unknown answer, an empty one and nonsense take back what the sender said before", async () => {
    for (const selections of [["z"], [], "a", [5], null, ["a\u0000"]]) {
      clock += 1_000;
      const poll = start();
      await push(poll, vote(poll, bob, ["a"], 1), vote(poll, bob, selections, 2));
      expect(await votes(poll)).toBe("a 0, b 0, c 0");
    }
  });

  it("87: no more answers count than may be chosen, and each once", async () => {
    const one = start();
    const two = start({ max_selections: 2 });
    await push(
      one,
      two,
      vote(one, bob, ["b", "a"], 1),
      vote(two, bob, ["a", "a"], 1),
      vote(two, carol, ["c", "b", "z"], 1),
    );
    expect(await votes(one)).toBe("a 0, b 1, c 0");
    expect(await votes(two)).toBe("a 1, b 1, c 1");
    for (const [max_selections, counted] of [
      [0, "a 1, b 0, c 0"],
      [-3, "a 1, b 0, c 0"],
      ["2", "a 1, b 0, c 0"],
      [1e300, "a 1, b 1, c 1"],
    ]) {
      const poll = start({ max_selections });
      await push(poll, vote(poll, bob, ["a", "b", "c"], 1));
      expect(await votes(poll)).toBe(counted);
    }
  });

  it("87: a response that is redacted gives way to the one before", async () => {
    const poll = start();
    const second = vote(poll, bob, ["b"], 2);
    await push(poll, vote(poll, bob, ["a"], 1), second);
    await push(redactionOf(second, { sender: bob }));
    expect(await votes(poll)).toBe("a 1, b 0, c 0");
    const late = vote(poll, carol, ["c"], 3);
    await push(redactionOf(late, { sender: carol }));
    await push(late);
    expect(await votes(poll)).toBe("a 1, b 0, c 0");
  });

  it("87: responses to other things, from other rooms or without a relation are none", async () => {
    const poll = start();
    const other = vote(poll, bob, ["a"], 1);
    await world.link("!other:test");
    await push(
      poll,
      { ...other, room_id: "!other:test" },
      eventOf("m.poll.response", { "m.selections": ["a"] }, { sender: bob }),
      eventOf("m.poll.response", {
        "m.selections": ["a"],
        "m.relates_to": { rel_type: "m.thread", event_id: poll.event_id },
      }),
      vote(other, carol, ["a"], 1),
    );
    expect(await votes(poll)).toBe("a 0, b 0, c 0");
  });
});

describe("the end", () => {
  it("87: what is said up to the end counts, later responses do not, in any order of arrival", async () => {
    for (const order of orders([0, 1, 2, 3])) {
      clock += 1_000;
      const poll = start();
      const events = [poll, vote(poll, bob, ["a"], 2), vote(poll, bob, ["b"], 3), end(poll, alice, 2)];
      for (const index of order) await push(events[index]!);
      expect(await votes(poll)).toBe("a 1, b 0, c 0");
      expect(await pollOf(poll)).toMatchObject({ ended: true, endedTs: clock + 2 });
    }
  });

  it("87: only its sender and those who may redact end a poll; the first end counts", async () => {
    const poll = start();
    await push(poll, vote(poll, carol, ["a"], 5), end(poll, bob, 1));
    expect(await pollOf(poll)).toMatchObject({ ended: false, voters: 1 });
    await push(end(poll, alice, 9));
    expect(await pollOf(poll)).toMatchObject({ ended: true, endedTs: clock + 9, voters: 1 });
    await push(end(poll, mod, 4));
    expect(await pollOf(poll)).toMatchObject({ ended: true, endedTs: clock + 4, voters: 0 });
  });

  it("87: who may redact is what the power levels said at that time", async () => {
    const poll = start();
    const levels = (users: Record<string, number>, more: object, after: number) =>
      state("m.room.power_levels", { users: { [alice]: 100, ...users }, ...more }, at(after));
    await push(
      poll,
      end(poll, bob, 10),
      levels({ [bob]: 60 }, { redact: 70 }, 5),
      levels({ [bob]: 99 }, {}, 20),
    );
    expect(await pollOf(poll)).toMatchObject({ ended: false });
    await push(levels({ [bob]: 60 }, { redact: "many" }, 7));
    expect(await pollOf(poll)).toMatchObject({ ended: true });
    await push(levels({ [mod]: 50 }, {}, 100));
  });

  it("87: an end that is redacted is none", async () => {
    const poll = start();
    const over = end(poll, alice, 1);
    await push(poll, over, vote(poll, bob, ["a"], 2));
    expect(await pollOf(poll)).toMatchObject({ ended: true, voters: 0 });
    await push(redactionOf(over));
    expect(await pollOf(poll)).toMatchObject({ ended: false, voters: 1 });
  });

  it("87: votes of an undisclosed poll, and of one of an unknown kind, show when it has ended", async () => {
    for (const kind of ["m.undisclosed", "org.example.kind", undefined]) {
      clock += 1_000;
      const poll = start({ kind });
      await push(poll, vote(poll, bob, ["a"], 1));
      expect(await votes(poll)).toBe("a null, b null, c null");
      expect(await pollOf(poll)).toMatchObject({ disclosed: false, voters: null });
      await push(end(poll, alice, 2));
      expect(await votes(poll)).toBe("a 1, b 0, c 0");
    }
  });
});

describe("what a poll says", () => {
  it("87: an edit changes question and answers, and what it takes away spoils", async () => {
    const poll = start();
    const changed = start({ answers: [{ "m.id": "b", "m.text": [{ body: "Only b" }] }] }).content;
    const edit = eventOf(
      "m.poll.start",
      {
        ...changed,
        "m.new_content": changed,
        "m.relates_to": { rel_type: "m.replace", event_id: poll.event_id },
      },
      at(9),
    );
    await push(poll, vote(poll, bob, ["a"], 1), vote(poll, carol, ["b"], 1), edit);
    expect((await pollOf(poll))?.answers).toEqual([{ id: "b", text: "Only b", votes: 1 }]);
    await push(redactionOf(edit));
    expect(await votes(poll)).toBe("a 1, b 1, c 0");
  });

  it("87: at most twenty answers, each once, with at most a hundred characters", async () => {
    const answers = Array.from({ length: 30 }, (_answer, index) => ({
      "m.id": String(index % 25),
      "m.text": [{ body: "x".repeat(500) }],
    }));
    const poll = start({ answers: [{ "m.id": 5 }, null, ...answers] });
    await push(poll);
    const shown = (await pollOf(poll))?.answers ?? [];
    expect(shown.map(({ id }) => id)).toEqual(Array.from({ length: 18 }, (_answer, index) => String(index)));
    expect(new Set(shown.map(({ text }) => text))).toEqual(new Set([`${"x".repeat(99)}…`]));
  });

  it("92: of a poll that is redacted no table has a question, an answer or a vote, in whatever order it came", async () => {
    for (const order of orders([0, 1, 2])) {
      clock += 1_000;
      const answers = [{ "m.id": "secret-id", "m.text": [{ body: "secret answer" }] }];
      const poll = start({ answers, question: { "m.text": [{ body: "secret question" }] } });
      const events = [poll, vote(poll, bob, ["secret-id"], 1), redactionOf(poll)];
      for (const index of order) await push(events[index]!);
      expect(await pollOf(poll)).toBeNull();
    }
    for (const table of ["messages", "matrix.edits", "matrix.poll_events", "outbox_events"]) {
      const rows = await world.rows(`SELECT 1 FROM ${table} t WHERE to_jsonb(t)::text LIKE '%secret%'`);
      expect(rows, table).toEqual([]);
    }
  });

  it("a poll in a confidential team's channel keeps neither answers nor votes", async () => {
    await world.rows(
      `INSERT INTO teams (id, microdao_id, name, slug, mode) VALUES ('t_polls', $1::uuid, 'T', 'polls', 'confidential')`,
      world.microdaoId,
    );
    const roomId = "!confidential:test";
    const channel = await world.link(roomId);
    await world.rows("UPDATE channels SET team_id = 't_polls' WHERE id = $1::uuid", channel);
    const poll = { ...start(), room_id: roomId };
    await push(poll, { ...vote(poll, bob, ["a"], 1), room_id: roomId });
    const rows = await world.rows(
      `SELECT m.metadata, p.answers FROM messages m JOIN matrix.poll_events p ON p.poll_event_id = m.matrix_event_id
        WHERE m.matrix_event_id = $1`,
      poll.event_id,
    );
    expect(rows).toEqual([{ metadata: null, answers: [] }]);
  });
});

describe("that votes have changed is told", () => {
  const told = async (poll: MatrixEvent) =>
    world.rows<{ payload: { payload: Record<string, unknown> } }>(
      `SELECT payload FROM outbox_events WHERE topic = 'chat.poll.voted' AND event_key = $1`,
      poll.event_id,
    );

  it("once for what comes together, and never who voted for what", async () => {
    const poll = start();
    await push(poll);
    const both = [vote(poll, alice, ["a"], 1), vote(poll, bob, ["b"], 2)];
    await push(...both);
    await push(...both);
    const [first, ...more] = await told(poll);
    expect(more).toEqual([]);
    expect(Object.keys(first?.payload.payload ?? {}).toSorted()).toEqual([
      "channel_id",
      "matrix_event_id",
      "message_id",
    ]);
    await push(vote(poll, carol, ["a"], 3));
    await push(end(poll, alice, 4));
    expect(await told(poll)).toHaveLength(3);
    await push(redactionOf(both[0]!));
    expect(await told(poll)).toHaveLength(4);
  });

  it("not for votes that came before their poll: they are in it when it comes", async () => {
    const poll = start();
    await push(vote(poll, bob, ["b"], 1));
    await push(poll);
    expect(await told(poll)).toEqual([]);
    expect(await votes(poll)).toBe("a 0, b 1, c 0");
  });
});
