import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrationSql } from "../../scripts/erd/migrated-database.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import type { Envelope } from "../../src/kernel/events.ts";
import { encodeId, newUuid, uuidOf } from "../../src/kernel/ids.ts";
import {
  alice,
  editOf,
  type MatrixEvent,
  messageWith,
  reactionTo,
  redactionOf,
  sofia,
  text,
} from "../support/matrix-events.ts";
import { openWorld, type World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await openWorld({ withoutJobs: true });
});

afterAll(() => world.close());

/** What is told of these events now, by topic. */
async function told(...events: readonly MatrixEvent[]): Promise<Record<string, Envelope>> {
  const rows = await world.rows<{ envelope: Envelope }>(
    "SELECT envelope FROM outbox_envelopes WHERE event_key = ANY($1::text[]) ORDER BY txid, id",
    events.map(({ event_id }) => event_id),
  );
  return Object.fromEntries(rows.map(({ envelope }) => [envelope.type, envelope]));
}

async function allTold(): Promise<unknown[]> {
  return world.rows("SELECT envelope FROM outbox_envelopes ORDER BY id");
}

function idOf({ event_id, origin_server_ts }: MatrixEvent): string {
  return uuidOf(origin_server_ts, event_id);
}

describe("what is told of a message", () => {
  it.each([
    ["a person", alice],
    ["an agent", sofia],
  ])("is whole when %s said it", async (_who, sender) => {
    const first = text("what?", { sender });
    const answer = messageWith(
      {
        msgtype: "m.text",
        body: "that",
        "m.relates_to": {
          rel_type: "m.thread",
          event_id: first.event_id,
          "m.in_reply_to": { event_id: first.event_id },
        },
      },
      { sender },
    );
    await world.push([first, answer]);
    const { "chat.message.created": envelope } = await told(answer);
    expect(envelope).toEqual({
      event_id: encodeId("evt", idOf(answer)),
      ts: new Date(answer.origin_server_ts).toISOString(),
      domain: "chat",
      type: "chat.message.created",
      version: 1,
      actor: sender === sofia ? { id: encodeId("ag", world.agentId), kind: "agent" } : await userActor(),
      payload: {
        message_id: encodeId("m", idOf(answer)),
        channel_id: encodeId("c", world.channelId),
        matrix_event_id: answer.event_id,
        sender_matrix_id: sender,
        kind: "text",
        preview: "that",
        reply_to_event_id: first.event_id,
        thread_root_event_id: first.event_id,
      },
      meta: { microdao_id: encodeId("md", world.microdaoId), team_id: null, trace_id: answer.event_id },
    });
  });

  it("is what it said first, also when it was edited before anybody asked", async () => {
    const message = text("first");
    const [one, two] = [editOf(message, "second"), editOf(message, "third")];
    await world.push([message, one]);
    await world.push([two]);
    const news = await told(message);
    expect(news["chat.message.created"]?.payload).toMatchObject({ preview: "first" });
    expect(news["chat.message.updated"]?.payload).toMatchObject({ preview: "third" });
    await world.push([redactionOf(one), redactionOf(two)]);
    expect((await told(message))["chat.message.updated"]?.payload).toMatchObject({
      edit_event_id: null,
      preview: "first",
    });
    await world.push([editOf(message, "fourth")]);
    const [shownAgain] = await world.rows<{ preview: string }>(
      `SELECT envelope #>> '{payload,preview}' AS preview FROM outbox_envelopes
        WHERE event_key = $1 AND topic = 'chat.message.updated' AND envelope #> '{payload,edit_event_id}' = 'null'`,
      message.event_id,
    );
    expect(shownAgain).toEqual({ preview: "first" });
  });

  it("is without words once it is redacted, and so is what was told of its edits and reactions", async () => {
    const message = text("regretted");
    const edit = editOf(message, "regretted more");
    const reaction = reactionTo(message, "🙊");
    await world.push([message, edit]);
    await world.push([reaction]);
    expect((await told(reaction))["chat.reaction.added"]?.payload).toMatchObject({ key: "🙊" });
    await world.push([redactionOf(message)]);
    const news = await told(message, reaction);
    expect(news["chat.message.created"]?.payload).toMatchObject({ kind: "redacted", preview: "" });
    expect(news["chat.message.updated"]?.payload).toMatchObject({ preview: "" });
    expect(news["chat.reaction.added"]?.payload).toMatchObject({ key: "" });
    expect(JSON.stringify(await allTold())).not.toContain("regretted");
  });

  it("has every name when the rows are gone", async () => {
    const message = text("gone");
    const edit = editOf(message, "gone, too");
    const reaction = reactionTo(message, "🫥");
    await world.push([message]);
    await world.push([edit, reaction]);
    const before = await told(message, reaction);
    await world.rows("DELETE FROM matrix.reactions WHERE event_id = $1", reaction.event_id);
    await world.rows("DELETE FROM matrix.edits WHERE event_id = $1", edit.event_id);
    await world.rows("DELETE FROM messages WHERE matrix_event_id = $1", message.event_id);
    const after = await told(message, reaction);
    for (const [topic, { payload }] of Object.entries(before)) {
      expect(Object.keys(after[topic]?.payload ?? {}).sort()).toEqual(Object.keys(payload).sort());
    }
    expect(after["chat.message.created"]).toMatchObject({
      actor: bridgeActor,
      payload: { message_id: encodeId("m", idOf(message)), kind: "redacted", preview: "" },
    });
  });

  async function userActor(): Promise<object> {
    const [user] = await world.rows<{ id: string }>(
      "SELECT id::text AS id FROM users WHERE matrix_id = $1",
      alice,
    );
    return { id: encodeId("u", user?.id ?? ""), kind: "user" };
  }
});

it("an id is in the database as it is outside", async () => {
  const ids = [
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ...Array.from({ length: 200 }, () => newUuid(new Date())),
  ];
  const rows = await world.rows<{ id: string; shown: string }>(
    "SELECT id::text AS id, type_id('m', id) AS shown FROM unnest($1::uuid[]) AS id",
    ids,
  );
  expect(rows.map(({ shown }) => shown)).toEqual(rows.map(({ id }) => encodeId("m", id)));
});

it("the migration tells the same before and after, and takes words out of the table", async () => {
  const word = `word${newUuid(new Date()).slice(-12)}`;
  const message = text(`${word} one`);
  await world.push([message, text(`${word} two`, { sender: sofia })]);
  await world.push([editOf(message, `${word} three`), reactionTo(message, word)]);
  const before = await allTold();
  const withWord = async () =>
    (await world.rows("SELECT 1 FROM outbox_events WHERE payload::text LIKE '%' || $1 || '%'", word)).length;
  expect(await withWord()).toBe(0);
  const client = new Client({ connectionString: world.url });
  await client.connect();
  try {
    await client.query(migrationSql("000041_words_are_stored_once", "down"));
    expect(await withWord()).toBe(4);
    await client.query(migrationSql("000041_words_are_stored_once", "up"));
  } finally {
    await client.end();
  }
  expect(await withWord()).toBe(0);
  expect(await allTold()).toEqual(before);
});
