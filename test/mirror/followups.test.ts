import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import {
  changeFollowup,
  createFollowup,
  erasePerson,
  type ReactionPayload,
  reactionJob,
} from "../../src/domain/messaging/index.ts";
import { agentTraces } from "../../src/domain/runtime/index.ts";
import { pinReactedMessage } from "../../src/jobs/pin-reacted-message.ts";
import { type Actor, bridgeActor } from "../../src/kernel/actor.ts";
import { encodeId } from "../../src/kernel/ids.ts";
import {
  alice,
  bob,
  type MatrixEvent,
  member,
  reactionTo,
  redactionOf,
  text,
} from "../support/matrix-events.ts";
import { openWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await push(member(alice, "join"), member(bob, "join"));
});
afterAll(() => world.close());

interface Row {
  readonly id: string;
  readonly status: string;
  readonly note: string;
  readonly created_by: string;
  readonly reaction_event_id: string | null;
}

async function push(...events: readonly unknown[]): Promise<void> {
  expect((await world.push(events)).statusCode).toBe(200);
}

async function said(words: string, sender = alice): Promise<{ event: MatrixEvent; messageId: string }> {
  const event = text(words, { sender });
  await push(event);
  const [row] = await world.rows<{ id: string }>(
    `SELECT id::text AS id FROM messages WHERE matrix_event_id = $1`,
    event.event_id,
  );
  return { event, messageId: row!.id };
}

async function actorOf(matrixId: string): Promise<Actor> {
  const [user] = await world.rows<{ id: string }>(
    `SELECT id::text AS id FROM users WHERE matrix_id = $1`,
    matrixId,
  );
  return { id: encodeId("u", user!.id), kind: "user" };
}

const followupsOf = (messageId: string) =>
  world.rows<Row>(`SELECT * FROM followups WHERE message_id = $1::uuid`, messageId);

const toldOf = async (followupId: string) =>
  (
    await world.rows<{ topic: string }>(
      `SELECT topic FROM outbox_events WHERE event_key = $1 AND topic LIKE 'followup.%' ORDER BY created_at, id`,
      followupId,
    )
  ).map(({ topic }) => topic);

async function pin(event: MatrixEvent, sender = alice, key = "📌"): Promise<MatrixEvent> {
  const reaction = reactionTo(event, key, { sender });
  await push(reaction);
  await handlePins();
  return reaction;
}

/** Does what the reaction asks for, and once more. */
async function handlePins(): Promise<void> {
  for (const payload of await world.takeJobs<ReactionPayload>(reactionJob)) {
    expect(payload.key).toBe("📌");
    for (let time = 0; time < 2; time += 1) await pinReactedMessage(world, payload);
  }
}

const make = (messageId: string, note?: string) =>
  transact(world.database, bridgeActor, (tx) => createFollowup(tx, { messageId, note }));

describe("follow-ups", () => {
  it("a message that is marked becomes one, once, whoever marks it and however often the mark is handled", async () => {
    const { event, messageId } = await said("look at this");
    const first = await pin(event);
    await pin(event, bob);
    const [row, ...others] = await followupsOf(messageId);
    expect(others).toEqual([]);
    expect(row).toMatchObject({ status: "open", reaction_event_id: first.event_id });
    expect(row?.created_by).toBe((await actorOf(alice)).id);
    expect(await toldOf(row!.id)).toEqual(["followup.created"]);
  });

  it("the mark of somebody who is not in the channel makes none", async () => {
    const { event, messageId } = await said("look at that");
    await said("I was never here", "@eve:elsewhere.test");
    await pin(event, "@eve:elsewhere.test");
    expect(await followupsOf(messageId)).toEqual([]);
  });

  it("taking back the mark removes one that nobody has touched", async () => {
    const { event, messageId } = await said("never mind");
    const mark = await pin(event);
    const [row] = await followupsOf(messageId);
    await push(redactionOf(mark));
    expect(await followupsOf(messageId)).toEqual([]);
    expect(await toldOf(row!.id)).toEqual(["followup.created", "followup.removed"]);
    await push(redactionOf(mark));
    expect(await toldOf(row!.id)).toHaveLength(2);
  });

  it("a mark that was taken back before it was handled makes none", async () => {
    const { event, messageId } = await said("too quick");
    const mark = reactionTo(event, "📌");
    await push(mark, redactionOf(mark));
    await handlePins();
    expect(await followupsOf(messageId)).toEqual([]);
  });

  it("the mark of somebody else keeps it, with or without a variation selector", async () => {
    const { event, messageId } = await said("both want it");
    const mark = await pin(event);
    const second = await pin(event, bob, "📌\u{FE0F}");
    await push(redactionOf(mark));
    expect(await followupsOf(messageId)).toMatchObject([{ reaction_event_id: second.event_id }]);
    await push(redactionOf(second, { sender: bob }));
    expect(await followupsOf(messageId)).toEqual([]);
  });

  it("one that somebody has changed stays when the mark is taken back", async () => {
    const { event, messageId } = await said("in work");
    const mark = await pin(event);
    const [row] = await followupsOf(messageId);
    await transact(world.database, await actorOf(bob), (tx) =>
      changeFollowup(tx, { id: row!.id, status: "resolved" }),
    );
    await push(redactionOf(mark));
    expect(await followupsOf(messageId)).toMatchObject([
      { status: "resolved", resolved_by: (await actorOf(bob)).id },
    ]);
    expect(await toldOf(row!.id)).toEqual(["followup.created", "followup.updated"]);
  });

  it("resolving twice is once, and it may be opened again", async () => {
    const { messageId } = await said("again and again");
    const { followup } = await make(messageId);
    for (const status of ["resolved", "resolved", "open"] as const) {
      await transact(world.database, bridgeActor, (tx) => changeFollowup(tx, { id: followup.id, status }));
    }
    expect(await toldOf(followup.id)).toEqual(["followup.created", "followup.updated", "followup.updated"]);
    expect(await followupsOf(messageId)).toMatchObject([{ status: "open", resolved_at: null }]);
  });

  it("a message that is redacted keeps it, without words", async () => {
    const { event, messageId } = await said("secret plan");
    await make(messageId, "the secret plan");
    await push(redactionOf(event));
    expect(await followupsOf(messageId)).toMatchObject([{ status: "open", note: "" }]);
    const late = transact(world.database, bridgeActor, (tx) => createFollowup(tx, { messageId }));
    expect(await late).toMatchObject({ created: false, followup: { preview: "", messageKind: "redacted" } });
  });

  it("a note about what is not kept is refused, and so is one that is too long", async () => {
    const { event, messageId } = await said("gone soon");
    await expect(make(messageId, "x".repeat(501))).rejects.toMatchObject({ code: "note_too_long" });
    await push(redactionOf(event));
    await expect(make(messageId, "what it said")).rejects.toMatchObject({ code: "note_not_kept" });
  });

  it("two at once make one", async () => {
    const { messageId } = await said("both at once");
    const made = await Promise.all([make(messageId), make(messageId), make(messageId)]);
    expect(made.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(made.map(({ followup }) => followup.id)).size).toBe(1);
  });

  it("erasing somebody clears the notes that they wrote and those about what they said", async () => {
    const carol = "@carol:test";
    const { messageId } = await said("by carol", carol);
    await make(messageId, "about carol");
    const other = await said("by alice");
    await transact(world.database, await actorOf(carol), (tx) =>
      createFollowup(tx, { messageId: other.messageId, note: "from carol" }),
    );
    await erasePerson(world.database, bridgeActor, carol, agentTraces);
    expect(await followupsOf(messageId)).toMatchObject([{ note: "" }]);
    expect(await followupsOf(other.messageId)).toMatchObject([{ note: "" }]);
  });
});
