import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { remember } from "../../src/domain/memory/index.ts";
import { recordFacts, silenceConfidential } from "../../src/domain/messaging/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { ingestEvents, retryDeadLetter } from "../../src/matrix/ingest/index.ts";
import { parseEvent } from "../../src/matrix/ingest/parse-event.ts";
import {
  alice,
  bob,
  editOf,
  eventOf,
  type MatrixEvent,
  member,
  reactionTo,
  redactionOf,
  state,
  text,
} from "../support/matrix-events.ts";
import { plantedColumns, plantRun } from "../support/run-traces.ts";
import { tablesWith } from "../support/tables-with.ts";
import { untilSomebodyWaits } from "../support/until-somebody-waits.ts";
import { openWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

let made = 0;
const word = () => `quagga${String((made += 1)).padStart(4, "0")}`;

async function push(events: readonly unknown[]): Promise<void> {
  expect((await world.push(events)).statusCode).toBe(200);
}

/** A room of its own for each test, so that channel-wide rules of one do not touch another. */
async function room(): Promise<{ roomId: string; channelId: string }> {
  const roomId = `!r${String((made += 1))}:test`;
  return { roomId, channelId: await world.link(roomId) };
}

/** All that is said around one message, with a word that occurs nowhere else, and what takes each of it back. */
function storyOf(marker: string, roomId: string): { said: MatrixEvent[]; redactions: MatrixEvent[] } {
  const over = { room_id: roomId };
  const message = text(`${marker} said`, over);
  const first = editOf(message, `${marker} edited`, over);
  const second = editOf(message, `${marker} again`, over);
  const forged = editOf(message, `${marker} forged`, { ...over, sender: bob });
  const reaction = reactionTo(message, marker, { ...over, sender: bob });
  const poll = eventOf(
    "m.poll.start",
    {
      "m.poll": {
        question: { "m.text": [{ body: marker }] },
        answers: [{ "m.id": marker, "m.text": [{ body: marker }] }],
      },
    },
    over,
  );
  const vote = eventOf(
    "m.poll.response",
    { "m.selections": [marker], "m.relates_to": { rel_type: "m.reference", event_id: poll.event_id } },
    { ...over, sender: bob },
  );
  return {
    said: [message, first, second, forged, reaction, poll, vote],
    redactions: [message, poll].map((event) => redactionOf(event, over)),
  };
}

describe("what was redacted is in no column of any table", () => {
  it("92: in whatever order message, edits, reactions and redaction come", async () => {
    const { roomId } = await room();
    for (let order = 0; order < 12; order += 1) {
      const marker = word();
      const { said, redactions } = storyOf(marker, roomId);
      // The message and the poll alone are redacted: edits, reactions and votes go with them.
      const events = [...said, ...redactions];
      const shuffled = events.map(
        (_, index) => events[(index * (order % 5 === 0 ? 1 : 5) + order) % events.length]!,
      );
      const pieces = order % 2 === 0 ? shuffled.map((event) => [event]) : [shuffled];
      for (const piece of pieces) await push(piece);
      expect(await tablesWith(world.database, marker), `order ${order}`).toEqual([]);
    }
  });

  it("92: when the redaction comes first, and the message never", async () => {
    const { roomId } = await room();
    const marker = word();
    const { said, redactions } = storyOf(marker, roomId);
    await push(redactions);
    await push(said.slice(1).filter(({ type }) => type !== "m.poll.start"));
    expect(await tablesWith(world.database, marker)).toEqual([]);
  });

  it("91 and 94: an edit and a reaction that are redacted by themselves leave nothing, the message stays", async () => {
    const { roomId } = await room();
    const [kept, gone] = [word(), word()];
    const message = text(`${kept} stays`, { room_id: roomId });
    const edit = editOf(message, `${gone} edited`, { room_id: roomId });
    const reaction = reactionTo(message, gone, { room_id: roomId, sender: bob });
    await push([message, edit, reaction]);
    expect(await tablesWith(world.database, gone)).toEqual([
      "matrix.edits.preview",
      "matrix.reactions.key",
      "public.messages.content_preview",
    ]);
    await push([redactionOf(edit, { room_id: roomId }), redactionOf(reaction, { room_id: roomId })]);
    expect(await tablesWith(world.database, gone)).toEqual([]);
    expect(await tablesWith(world.database, kept)).toEqual(["public.messages.content_preview"]);
  });

  it("92: others are told of the deletion, once", async () => {
    const { roomId } = await room();
    const { said, redactions } = storyOf(word(), roomId);
    await push([...said, redactions[0]]);
    await push([redactions[0]]);
    const told = await world.rows(
      `SELECT 1 FROM outbox_events WHERE topic = 'chat.message.deleted' AND payload #>> '{payload,matrix_event_id}' = $1`,
      said[0]!.event_id,
    );
    expect(told).toHaveLength(1);
  });

  it("92: a dead letter goes with its own redaction and with that of what it edits, before or after", async () => {
    const { roomId } = await room();
    for (const redactionFirst of [true, false]) {
      const marker = word();
      const over = { room_id: roomId };
      const message = text(`${marker} said`, over);
      // A time that is none cannot be applied; the words are kept raw.
      const broken = { ...text(`${marker} broken`, over), origin_server_ts: "yesterday" };
      const edit = { ...editOf(message, `${marker} edited`, over), origin_server_ts: "today" };
      const redactions = [redactionOf(message, over), redactionOf(broken.event_id, over)];
      if (redactionFirst) await push(redactions);
      await push([message, broken, edit]);
      if (!redactionFirst) {
        expect(await tablesWith(world.database, marker)).toContain("matrix.inbox.raw");
        await push(redactions);
      }
      expect(await tablesWith(world.database, marker), String(redactionFirst)).toEqual([]);
    }
  });

  it("92: what a redacted name, topic or member event said goes from what was told of it, too", async () => {
    const { roomId } = await room();
    const [topic, name] = [word(), word()];
    const topicEvent = state("m.room.topic", { topic: `${topic} is secret` }, { room_id: roomId });
    const joined = member(bob, "join", { room_id: roomId, profile: { displayname: name } });
    await push([topicEvent, joined]);
    expect(await tablesWith(world.database, topic)).toContain("public.outbox_events.payload");
    await push([redactionOf(topicEvent, { room_id: roomId }), redactionOf(joined, { room_id: roomId })]);
    expect(await tablesWith(world.database, topic)).toEqual([]);
    expect(await tablesWith(world.database, name)).toEqual([]);
  });

  it("92: what an agent sent and somebody redacted before it came back leaves the queue", async () => {
    const { roomId, channelId } = await room();
    const marker = word();
    const sent = eventOf("m.room.message", {}, { room_id: roomId });
    await world.rows(
      `INSERT INTO matrix.sends (id, txn_id, channel_id, room_id, sender_matrix_id, agent_id, event_type, content, state, event_id)
       VALUES (gen_random_uuid(), $1, $2::uuid, $3, '@dao_sofia:test', $4::uuid, 'm.room.message', $5::jsonb, 'sent', $6)`,
      marker.replace("quagga", "txn"),
      channelId,
      roomId,
      world.agentId,
      JSON.stringify({ body: marker }),
      sent.event_id,
    );
    await push([redactionOf(sent, { room_id: roomId })]);
    // Its row is not there yet: the redaction waits, the words do not.
    expect(await tablesWith(world.database, marker)).toEqual([]);
  });

  it("92: what agents were asked, noted and remember because of it goes, and who is at work on it stops", async () => {
    const { roomId, channelId } = await room();
    const [gone, kept] = [word(), word()];
    const [message, other] = [text("gone", { room_id: roomId }), text("kept", { room_id: roomId })];
    await push([message, other]);
    const { agentId, database } = world;
    const about = (words: string, eventId: string) => ({ words, agentId, channelId, key: eventId, eventId });
    await plantRun(database, about(gone, message.event_id));
    const [reaction, next, begun, later] = ["reaction", "next", "begun", "later"].map(
      (key) => `$${key}${made}`,
    );
    await plantRun(database, { ...about(gone, message.event_id), kind: "reaction", key: reaction! });
    await plantRun(database, { ...about(gone, next!), hop: 1, causation: reaction! });
    const open = await plantRun(database, {
      ...about(gone, message.event_id),
      key: begun!,
      status: "started",
    });
    await plantRun(database, about(kept, other.event_id));

    await push([redactionOf(message, { room_id: roomId })]);
    expect(await tablesWith(database, gone)).toEqual([]);
    expect(await tablesWith(database, kept)).toEqual(plantedColumns);
    expect(await world.rows("SELECT status, error FROM agent_runs WHERE id = $1", open)).toEqual([
      { status: "cancelled", error: "question_withdrawn" },
    ]);
    // Whoever is still at work on it when it ends writes nothing down any more.
    await transact(database, bridgeActor, async (tx) => {
      const late = { channelId, agentId, runId: open, text: gone };
      await expect(remember(tx, late)).rejects.toMatchObject({ code: "memory_invalid" });
    });
    expect(await tablesWith(database, gone)).toEqual([]);
    // Told of it again, it ends nothing that has been asked since.
    const again = await plantRun(database, {
      ...about(kept, message.event_id),
      key: later!,
      status: "queued",
    });
    await push([redactionOf(message, { room_id: roomId })]);
    expect(await world.rows("SELECT status FROM agent_runs WHERE id = $1", again)).toEqual([
      { status: "queued" },
    ]);
  });

  it("92: what agents remember goes as well when history tells of the redaction, or a dead letter is tried again", async () => {
    const { roomId, channelId } = await room();
    const { agentId, database } = world;
    const dead = `dl_redaction${made}`;
    const ways: ((redaction: MatrixEvent) => Promise<unknown>)[] = [
      (redaction) => ingestEvents(world.deps, [redaction], { source: "backfill", txnId: null }),
      async (redaction) => {
        await world.rows(
          `INSERT INTO matrix.inbox (id, fingerprint, event_id, room_id, raw, source, error_code, error, received_at)
           VALUES ($1, '\\x01', $2, $3, convert_to($4, 'UTF8'), 'push', 'not_applied', '', now())`,
          ...[dead, redaction.event_id, roomId, JSON.stringify(redaction)],
        );
        expect(await retryDeadLetter(world.deps, dead)).toBeUndefined();
      },
    ];
    for (const learn of ways) {
      const words = word();
      const message = text("gone", { room_id: roomId });
      const key = message.event_id;
      await push([message]);
      await plantRun(database, { words, agentId, channelId, key, eventId: key });
      await learn(redactionOf(message, { room_id: roomId }));
      expect(await tablesWith(database, words)).toEqual([]);
    }
  });

  it.runIf(inject("nativeServer") !== null)(
    "92: what is remembered in the moment in which its question is deleted is found and goes",
    async () => {
      const { roomId, channelId } = await room();
      const { agentId, database } = world;
      const words = word();
      const message = text("gone", { room_id: roomId });
      const key = message.event_id;
      await push([message]);
      const run = { words: "x", agentId, channelId, key, eventId: key, status: "started" } as const;
      const runId = await plantRun(database, run);
      const deleting = await transact(database, bridgeActor, async (tx) => {
        await remember(tx, { channelId, agentId, runId, text: words });
        const pushed = world.push([redactionOf(message, { room_id: roomId })]);
        await untilSomebodyWaits(world);
        // Not awaited in here: it waits for this transaction.
        return { pushed };
      });
      expect((await deleting.pushed).statusCode).toBe(200);
      expect(await tablesWith(database, words)).toEqual([]);
    },
  );

  it.runIf(inject("nativeServer") !== null)(
    "92: a message is stored empty when its redaction is written by somebody else in the moment in which it comes",
    async () => {
      const { roomId } = await room();
      const { database, deps } = world;
      const words = word();
      const message = text(words, { room_id: roomId });
      const parsed = parseEvent(redactionOf(message, { room_id: roomId }));
      const redaction = "facts" in parsed ? parsed.facts : [];
      const other = await transact(database, bridgeActor, async (tx) => {
        await recordFacts(tx, redaction);
        const pushed = world.push([message, message]);
        await untilSomebodyWaits(world);
        return { pushed };
      });
      expect((await other.pushed).statusCode).toBe(200);
      expect(await tablesWith(database, words)).toEqual([]);
      // Known by now: nothing is written twice, and nothing fails.
      const again = await ingestEvents(deps, [message], { source: "push", txnId: null });
      expect(again).toMatchObject({ found: 0, duplicates: 1, deadLetters: 0 });
      expect(
        await world.rows("SELECT kind FROM messages WHERE matrix_event_id = $1", message.event_id),
      ).toEqual([{ kind: "redacted" }]);
    },
  );
});

describe("rooms of which nothing may be stored", () => {
  async function confidential(channelId: string): Promise<void> {
    await world.rows(
      `INSERT INTO teams (id, microdao_id, name, slug, mode)
       VALUES ('t_secret', $1::uuid, 'Secret', 'secret', 'confidential') ON CONFLICT DO NOTHING`,
      world.microdaoId,
    );
    await world.rows("UPDATE channels SET team_id = 't_secret' WHERE id = $1::uuid", channelId);
  }

  it("151: a confidential team's messages, edits, reactions, names, topics and dead letters leave no word", async () => {
    const { roomId, channelId } = await room();
    await confidential(channelId);
    const marker = word();
    const { said } = storyOf(marker, roomId);
    await push([
      state("m.room.name", { name: marker }, { room_id: roomId }),
      state("m.room.topic", { topic: marker }, { room_id: roomId }),
      ...said,
      { ...text(`${marker} broken`, { room_id: roomId }), origin_server_ts: marker },
    ]);
    expect(await tablesWith(world.database, marker)).toEqual([]);
  });

  it("a channel that is given to a confidential team later loses its words, names and topics, told ones too", async () => {
    const { roomId, channelId } = await room();
    const marker = word();
    const { said } = storyOf(marker, roomId);
    await push([
      state("m.room.name", { name: marker }, { room_id: roomId }),
      state("m.room.topic", { topic: marker }, { room_id: roomId }),
      ...said,
    ]);
    await confidential(channelId);
    expect(await silenceConfidential(world.database)).toBe(1);
    expect(await tablesWith(world.database, marker)).toEqual([]);
    expect(await silenceConfidential(world.database)).toBe(0);
  });

  it("what is written in the clear in an encrypted room leaves no word, whenever the encryption is learnt", async () => {
    for (const when of ["first", "together", "last"]) {
      const { roomId } = await room();
      const [before, after] = [word(), word()];
      const earlier = text(`${before} in the clear`, { room_id: roomId });
      const encryption = state(
        "m.room.encryption",
        { algorithm: "m.megolm.v1.aes-sha2" },
        { room_id: roomId },
      );
      const { said } = storyOf(after, roomId);
      if (when === "first") await push([encryption]);
      await push(when === "together" ? [...said, earlier, encryption] : [...said, earlier]);
      if (when === "last") {
        expect(await tablesWith(world.database, after)).not.toEqual([]);
        await push([encryption]);
      }
      expect(await tablesWith(world.database, after), when).toEqual([]);
      // What was said before is as readable as it was.
      expect(await tablesWith(world.database, before), when).toContain("public.messages.content_preview");
    }
  });

  it("the edit of a message from before the encryption takes the old words away and leaves none", async () => {
    const { roomId } = await room();
    const [old, fresh] = [word(), word()];
    const message = text(old, { room_id: roomId, sender: alice });
    const encryption = state("m.room.encryption", { algorithm: "m.megolm.v1.aes-sha2" }, { room_id: roomId });
    // The edit is here before anybody knows of the encryption.
    await push([message, editOf(message, fresh, { room_id: roomId })]);
    await push([encryption]);
    expect(await tablesWith(world.database, fresh)).toEqual([]);
    const [shown] = await world.rows(
      "SELECT content_preview AS p FROM messages WHERE matrix_event_id = $1",
      message.event_id,
    );
    expect(shown).toEqual({ p: "" });
  });
});
