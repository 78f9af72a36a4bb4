import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { recordFacts } from "../../src/domain/messaging/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { runCommandJob } from "../../src/matrix/commands/jobs.ts";
import { parseEvent } from "../../src/matrix/ingest/parse-event.ts";
import { answerGhostInviteJob, linkRoomJob } from "../../src/matrix/linking/jobs.ts";
import { snapshot } from "../mirror/snapshot.ts";
import { createTestDatabase } from "../support/database.ts";
import { Gate } from "../support/gate.ts";
import {
  alice,
  bob,
  bot,
  editOf,
  firstTs,
  member,
  messageWith,
  prunedBy,
  reactionTo,
  redactionOf,
  room,
  sofia,
  state,
  text,
} from "../support/matrix-events.ts";
import { recordingLog } from "../support/recording-log.ts";
import { takeRuns } from "../support/take-runs.ts";
import { untilSomebodyWaits } from "../support/until-somebody-waits.ts";
import { hsToken, openWorld, type World } from "../support/world.ts";
import { everything, mixture } from "./mixture.ts";

let world: World;
const log = recordingLog();
/** Rows can be held by another connection only where the server has several. */
const hasServer = inject("nativeServer") !== null;

beforeEach(async () => {
  world = await openWorld({ log });
});
afterEach(() => world.close());

const ok = { statusCode: 200, body: "{}" };

async function previews(): Promise<string[]> {
  const rows = await world.rows<{ content_preview: string }>(
    "SELECT content_preview FROM messages ORDER BY created_at",
  );
  return rows.map(({ content_preview }) => content_preview);
}

describe("acknowledged means stored", () => {
  it.runIf(hasServer)("22 the 200 waits for the commit", async () => {
    const other = new Client({ connectionString: world.url });
    await other.connect();
    await other.query("BEGIN; SELECT 1 FROM matrix.rooms FOR UPDATE");
    const event = text("hello");
    let answered = false;
    const pushed = world.push([event]).then((response) => {
      answered = true;
      return response;
    });
    await untilSomebodyWaits(world);
    expect(answered).toBe(false);
    await other.query("COMMIT");
    expect(await pushed).toMatchObject(ok);
    const stored = await other.query("SELECT 1 FROM messages WHERE matrix_event_id = $1", [event.event_id]);
    expect(stored.rowCount).toBe(1);
    await other.end();
  });

  it("23 a transaction that was stored and not acknowledged has no second effect", async () => {
    const events = mixture();
    await world.push(events, "7");
    const before = await everything(world);
    // The homeserver never heard of it: it sends the same again.
    expect(await world.push(events, "7")).toMatchObject(ok);
    const after = await everything(world);
    expect({ ...after, "pgboss.job": [] }).toEqual({ ...before, "pgboss.job": [] });
    expect(await takeRuns(world)).toHaveLength(1);
    expect(await world.takeJobs(runCommandJob)).toHaveLength(1);
  });

  it("24 a transaction that was not stored is stored whole when it comes again", async () => {
    const { url, drop } = await gated();
    const gate = new Gate(Number(new URL(url).port), drop);
    const through = new URL(url);
    through.port = String(await gate.open());
    const cut = await openWorld({ databaseUrl: through.toString() });
    const events = Array.from({ length: 30 }, (_, index) => text(`number ${index}`));
    for (const pause of [0, 2, 4, 6, 9, 13, 20]) {
      const pushed = cut.push(events, "7");
      await new Promise((resolve) => setTimeout(resolve, pause));
      gate.shut();
      expect([200, 503]).toContain((await pushed).statusCode);
      await gate.open();
    }
    await expect.poll(async () => (await cut.push(events, "7")).statusCode).toBe(200);
    const [counts] = await cut.rows(
      `SELECT (SELECT count(*)::int FROM messages) AS messages, (SELECT count(*)::int FROM matrix.inbox) AS dead,
              (SELECT count(*)::int FROM outbox_events WHERE topic = 'chat.message.created') AS told`,
    );
    expect(counts).toEqual({ messages: 30, told: 30, dead: 0 });
    await cut.close();
    await gate.dispose();
  });
});

async function gated() {
  const behind = await createTestDatabase();
  return { url: behind.url, drop: () => behind.drop() };
}

describe("the same again", () => {
  it.runIf(hasServer)(
    "25 one event id in two rooms at one moment, as only a forger sends it, is stored once and harms no neighbour",
    async () => {
      const roomId = "!elsewhere:test";
      await world.link(roomId);
      const event = text("first");
      const neighbour = text("neighbour", { room_id: roomId });
      const parsed = parseEvent(event);
      const { pushed } = await transact(world.database, bridgeActor, async (tx) => {
        await recordFacts(tx, "facts" in parsed ? parsed.facts : []);
        const answer = world.push([{ ...event, room_id: roomId }, neighbour]);
        await untilSomebodyWaits(world);
        return { pushed: answer };
      });
      expect(await pushed).toMatchObject(ok);
      expect((await previews()).toSorted()).toEqual(["first", "neighbour"]);
      expect(await world.rows("SELECT 1 FROM matrix.inbox")).toEqual([]);
    },
  );

  it("25 the same event in any later transaction has no second effect", async () => {
    const events = mixture();
    await world.push(events, "1");
    await world.takeJobs(linkRoomJob);
    const before = await everything(world);
    for (const txnId of ["1", "2", "999999", "a b"]) {
      for (const event of events)
        expect(await world.push([event], encodeURIComponent(txnId))).toMatchObject(ok);
      await world.push(events.toReversed(), encodeURIComponent(txnId));
    }
    await world.takeJobs(linkRoomJob);
    expect(await everything(world)).toEqual(before);
  });

  it("25 nor has it for a process that was started later", async () => {
    const events = mixture();
    await world.push(events, "1");
    await world.takeJobs(linkRoomJob);
    const before = await everything(world);
    const { push, close } = await reopen();
    expect(await push(events)).toMatchObject(ok);
    await close();
    await world.takeJobs(linkRoomJob);
    expect(await everything(world)).toEqual(before);
  });

  it("26 a known transaction id with other events is a transaction like any other", async () => {
    await world.push([text("before the homeserver restarted")], "1");
    await world.push([text("after it, when it counts from 1 again")], "1");
    expect(await previews()).toHaveLength(2);
  });

  it("27 a repetition may have fewer events, redacted content, nothing ephemeral", async () => {
    const [kept, gone, vanished] = [text("kept"), text("gone"), text("vanished")];
    const redaction = redactionOf(gone);
    await putBody(
      {
        events: [kept, gone, vanished],
        ephemeral: [{ type: "m.typing" }],
        "de.sorunome.msc2409.to_device": [{}],
      },
      "5",
    );
    expect(await putBody({ events: [kept, prunedBy(gone, redaction)] }, "5")).toMatchObject(ok);
    expect(await previews()).toEqual(["kept", "", "vanished"]);
    const [row] = await world.rows("SELECT kind FROM messages WHERE matrix_event_id = $1", gone.event_id);
    expect(row).toEqual({ kind: "redacted" });
  });

  it("28 two copies of one event in one transaction are one", async () => {
    const events = mixture();
    const doubled = events.flatMap((event) => [event, event]);
    const linesBefore = log.lines.length;
    expect(await world.push(doubled)).toMatchObject(ok);
    // Not by the slow road, which is for what the database refuses.
    expect(log.lines.slice(linesBefore).filter(({ level }) => level === "warn")).toEqual([]);
    await world.takeJobs(linkRoomJob);
    const before = await everything(world);
    await world.push(events);
    await world.takeJobs(linkRoomJob);
    expect(await everything(world)).toEqual(before);
    const [counts] = await world.rows(
      `SELECT count(*)::int AS messages, count(DISTINCT matrix_event_id)::int AS events FROM messages`,
    );
    expect(counts).toEqual({ messages: 5, events: 5 });
  });

  it("28 requests with the same transaction at the same time are all answered 200 and have one effect", async () => {
    const events = mixture();
    const answers = await Promise.all(Array.from({ length: 6 }, () => world.push(events, "3")));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(await takeRuns(world)).toHaveLength(1);
    expect(await world.takeJobs(runCommandJob)).toHaveLength(1);
    const [counts] = await world.rows(
      `SELECT (SELECT count(*)::int FROM messages) AS messages, (SELECT count(*)::int FROM matrix.inbox) AS dead,
              (SELECT count(*)::int FROM outbox_events WHERE topic = 'chat.message.created') AS told`,
    );
    expect(counts).toEqual({ messages: 5, told: 5, dead: 1 });
  });

  it("28 different transactions at the same time, with the same people in several rooms, are all stored", async () => {
    const rooms = await Promise.all(
      ["!b:test", "!c:test", "!d:test"].map(async (id) => (await world.link(id), id)),
    );
    const people = Array.from({ length: 20 }, (_, index) => `@person${index}:test`);
    const batches = Array.from({ length: 12 }, (_, index) => {
      const order = index % 2 === 0 ? people : people.toReversed();
      const room_id = rooms[index % rooms.length] ?? room;
      return order.flatMap((sender) => [
        member(sender, "join", { room_id }),
        text(`from ${sender}`, { sender, room_id }),
      ]);
    });
    const answers = await Promise.all(batches.map((events) => world.push(events)));
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
    const [counts] = await world.rows(
      `SELECT (SELECT count(*)::int FROM messages) AS messages, (SELECT count(*)::int FROM matrix.inbox) AS dead,
              (SELECT count(*)::int FROM channel_members) AS members`,
    );
    expect(counts).toEqual({ messages: 240, members: 60, dead: 0 });
  });
});

describe("whatever the transaction looks like", () => {
  it("29 no events, and keys that nobody knows, are 200", async () => {
    for (const body of [
      { events: [] },
      { events: [], "org.example.x": [1], ephemeral: "?", to_device: null },
    ]) {
      expect(await putBody(body, "1")).toMatchObject(ok);
    }
  });

  it("30 transaction ids jump, fall and repeat", async () => {
    const ids = ["100", "3", "3", "999999999999999999999", "0", "-1", "x%2Fy", "%C3%A9", "%00"];
    for (const [index, id] of ids.entries())
      expect(await world.push([text(`number ${index}`)], id)).toMatchObject(ok);
    expect(await previews()).toHaveLength(ids.length);
  });

  it.runIf(hasServer)("31 a room that is held up does not hold up another", async () => {
    await world.link("!b:test");
    const other = new Client({ connectionString: world.url });
    await other.connect();
    await other.query("BEGIN");
    await other.query("SELECT 1 FROM matrix.rooms WHERE room_id = $1 FOR UPDATE", [room]);
    const slow = world.push([text("slow")]);
    expect(await world.push([text("fast", { room_id: "!b:test" })])).toMatchObject(ok);
    expect(await previews()).toEqual(["fast"]);
    await other.query("COMMIT");
    expect(await slow).toMatchObject(ok);
    await other.end();
  });

  it.runIf(hasServer)(
    "31 what another writer finds out about the channel counts for whoever waited for it",
    async () => {
      const other = new Client({ connectionString: world.url });
      await other.connect();
      await other.query("BEGIN");
      await other.query("SELECT 1 FROM channels WHERE matrix_room_id = $1 FOR NO KEY UPDATE", [room]);
      const said = world.push([text("in the clear")]);
      await untilSomebodyWaits(world);
      await other.query("UPDATE channels SET encrypted_since = 'epoch' WHERE matrix_room_id = $1", [room]);
      await other.query("COMMIT");
      expect(await said).toMatchObject(ok);
      expect(await previews()).toEqual([""]);
      await other.end();
    },
  );

  it("31 events of one room count in the order of their times, whatever their order in the transaction", async () => {
    const events = [text("one"), text("two"), text("three")];
    await world.push(events.toReversed());
    expect(await previews()).toEqual(["one", "two", "three"]);
  });
});

describe("events that come before what they are about, late, or not at all", () => {
  it("32 an edit, a reaction, a redaction and a reply wait for their target", async () => {
    const [edited, liked, deleted] = [text("draft"), text("liked"), text("deleted")];
    const reply = messageWith({
      msgtype: "m.text",
      body: "yes",
      "m.relates_to": { "m.in_reply_to": { event_id: liked.event_id } },
    });
    for (const event of [editOf(edited, "final"), reactionTo(liked, "👍"), redactionOf(deleted), reply])
      await world.push([event]);
    const [parked] = await world.rows(
      `SELECT (SELECT count(*)::int FROM matrix.edits WHERE parked) AS edits,
              (SELECT count(*)::int FROM matrix.reactions WHERE parked) AS reactions,
              (SELECT count(*)::int FROM matrix.redactions WHERE parked) AS redactions`,
    );
    expect(parked).toEqual({ edits: 1, reactions: 1, redactions: 1 });
    for (const event of [edited, liked, deleted]) await world.push([event]);
    expect(await previews()).toEqual(["final", "liked", "", "yes"]);
    const [left] = await world.rows(
      `SELECT (SELECT count(*)::int FROM matrix.edits WHERE parked) AS edits,
              (SELECT count(*)::int FROM matrix.reactions WHERE parked) AS reactions,
              (SELECT count(*)::int FROM matrix.redactions WHERE parked) AS redactions`,
    );
    expect(left).toEqual({ edits: 0, reactions: 0, redactions: 0 });
    const [told] = await world.rows(
      "SELECT envelope #>> '{payload,preview}' AS preview FROM outbox_envelopes WHERE topic = 'chat.message.created' AND event_key = $1",
      deleted.event_id,
    );
    expect(told).toEqual({ preview: "" });
  });

  it("33 an older state, membership or profile that comes after a newer one does not go back", async () => {
    const old = {
      name: state("m.room.name", { name: "Old" }),
      joined: member(alice, "join", { profile: { displayname: "Old" } }),
    };
    const left = member(bob, "leave");
    await world.push([
      state("m.room.name", { name: "New" }),
      member(alice, "join", { profile: { displayname: "New" } }),
      member(bob, "join"),
    ]);
    await world.push([old.name, old.joined, left]);
    const [channel] = await world.rows("SELECT name FROM channels");
    expect(channel).toEqual({ name: "New" });
    const members = await world.rows(
      `SELECT u.matrix_id, u.display_name, c.membership FROM channel_members c JOIN users u ON u.id = c.member_user_id ORDER BY 1`,
    );
    expect(members).toEqual([
      { matrix_id: alice, display_name: "New", membership: "join" },
      { matrix_id: bob, display_name: null, membership: "join" },
    ]);
  });

  it("33 that the bot once left a room does not matter when it has come back since", async () => {
    const left = member(bot, "leave", { sender: alice });
    await world.push([member(bot, "join")]);
    await world.push([left]);
    const [found] = await world.rows("SELECT status FROM matrix.rooms WHERE room_id = $1", room);
    expect(found).toEqual({ status: "joined" });
    await world.push([member(bot, "leave", { sender: alice })]);
    const [after] = await world.rows("SELECT status FROM matrix.rooms WHERE room_id = $1", room);
    expect(after).toEqual({ status: "left" });
  });

  it("37 without prev_content, transaction_id, age or any unsigned at all nothing is different", async () => {
    const events = mixture().map((event) => ({ ...event }));
    for (const event of events) delete (event as { unsigned?: object }).unsigned;
    await world.push(events);
    const bare = await snapshot(world.database);
    await world.push(
      events.map((event) => ({
        ...event,
        unsigned: { age: 1, prev_content: { name: "x" }, transaction_id: "m1", "m.relations": {} },
      })),
    );
    expect(await snapshot(world.database)).toEqual(bare);
    expect(await previews()).toEqual(["first, corrected", "second", "", "Sofia?", "!dao status"]);
  });

  it("38 a replay of the history is a no-op, and what of it was unknown is mirrored without anybody reacting", async () => {
    const hour = 3_600_000;
    const later = await reopen({ triggerMaxAgeMs: hour });
    const known = mixture();
    await later.push(known);
    await world.takeJobs(linkRoomJob);
    const lost = { origin_server_ts: firstTs };
    const replay = [
      text("lost in a crash of the homeserver", lost),
      messageWith(
        { msgtype: "m.text", body: "Sofia, are you there?", "m.mentions": { user_ids: [sofia] } },
        lost,
      ),
      text("!dao unlink", lost),
    ];
    expect(await later.push([...known, ...replay])).toMatchObject(ok);
    expect(await previews()).toEqual(expect.arrayContaining(replay.map(({ content }) => content["body"])));
    expect(await takeRuns(world)).toEqual([]);
    expect(await world.takeJobs(runCommandJob)).toEqual([]);
    await later.close();
  });

  it("38 an invitation is answered once, however often it is replayed, and every new one again", async () => {
    const invitations = () => [
      member(bot, "invite", { sender: alice, room_id: "!other:test" }),
      member(sofia, "invite", { sender: alice, room_id: "!other:test" }),
      member(sofia, "invite", { sender: alice }),
    ];
    const first = invitations();
    for (let turn = 0; turn < 3; turn += 1) expect(await world.push(first)).toMatchObject(ok);
    await world.push(invitations());
    expect(await world.takeJobs(linkRoomJob)).toHaveLength(2);
    expect(await world.takeJobs(answerGhostInviteJob)).toHaveLength(4);
  });
});

function putBody(body: object, txnId: string) {
  return world.app.inject({
    method: "PUT",
    url: `/_matrix/app/v1/transactions/${txnId}`,
    headers: { authorization: `Bearer ${hsToken}`, "content-type": "application/json" },
    payload: JSON.stringify(body),
  });
}

/** The bridge, started again on the same database. */
async function reopen(options: { triggerMaxAgeMs?: number } = {}) {
  const again = await openWorld({ databaseUrl: world.url, ...options });
  return { push: (events: readonly unknown[]) => again.push(events), close: () => again.close() };
}
