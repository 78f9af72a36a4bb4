import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import {
  authenticate,
  createAccessKey,
  hashKeyOf,
  revokeAccessKey,
} from "../../src/domain/governance/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import type { Envelope } from "../../src/kernel/events.ts";
import {
  alice,
  editOf,
  member,
  reactionTo,
  redactionOf,
  sofia,
  state,
  text,
} from "../support/matrix-events.ts";
import { openWorld, type World } from "../support/world.ts";

let world: World;
let told: Envelope[];

beforeAll(async () => {
  world = await openWorld();
  const first = text("one");
  const second = text("two");
  await world.push([
    state("m.room.name", { name: "Plans" }),
    state("m.room.join_rules", { join_rule: "public" }),
    member(alice, "join"),
    member(sofia, "join"),
    first,
    second,
    editOf(first, "new"),
    reactionTo(first, "+"),
    redactionOf(second),
  ]);
  await world.push([member(sofia, "leave")]);
  await useKey(hashKeyOf(new Uint8Array(32)));
  const rows = await world.rows<{ envelope: Envelope }>(await documentedStatement());
  told = rows.map(({ envelope }) => envelope);
});

afterAll(() => world.close());

/** How docs/events.md reads envelopes, up to the WHERE: what others have open, on the same server, holds its readers back. */
async function documentedStatement(): Promise<string> {
  const page = await readFile("docs/events.md", "utf8");
  return /```sql\n(SELECT [^]+?FROM outbox_envelopes)\n/.exec(page)?.[1] ?? "";
}

async function useKey(hashKey: ReturnType<typeof hashKeyOf>): Promise<void> {
  const { key, token } = await transact(world.database, bridgeActor, (tx) =>
    createAccessKey(tx, hashKey, {
      subject: { kind: "integration", id: "reader" },
      name: "reader",
      capabilities: ["channel.read"],
      microdaoId: world.microdaoId,
    }),
  );
  await authenticate(world.database, hashKey, token);
  await transact(world.database, bridgeActor, (tx) => revokeAccessKey(tx, key.id));
}

it("what was done here is told of", () => {
  expect([...new Set(told.map(({ type }) => type))].sort()).toEqual([
    "access_key.created",
    "access_key.revoked",
    "access_key.used",
    "audit.event",
    "channel.created",
    "channel.updated",
    "chat.message.created",
    "chat.message.deleted",
    "chat.message.updated",
    "chat.reaction.added",
    "member.joined",
    "member.left",
  ]);
});

it("every envelope is whole, though what its columns and other rows say is stored once", async () => {
  const rows = await world.rows<{ id: string; topic: string; key: string; payload: object }>(
    "SELECT id, topic, event_key AS key, payload FROM outbox_events",
  );
  expect(told.length).toBe(rows.length);
  for (const { id, topic, key, payload } of rows) {
    const stored =
      topic === "chat.message.created" ? ["meta", "payload"] : ["actor", "meta", "payload", "ts"];
    expect(Object.keys(payload).sort()).toEqual(stored);
    const envelope = told.find(({ event_id }) => event_id === id);
    expect(envelope).toMatchObject({ ...payload, type: topic, domain: topic.split(".")[0], version: 1 });
    expect(envelope?.meta.trace_id).toEqual(expect.stringContaining(key));
    expect(Object.keys(envelope ?? {})).toEqual(expect.arrayContaining(["ts", "actor"]));
  }
});

it("a microDAO has the same name in every event", () => {
  const names = new Set(told.map(({ meta }) => meta.microdao_id).filter((name) => name !== null));
  expect([...names]).toEqual([expect.stringMatching(/^md_[0-9a-z]{26}$/)]);
});

it("ids in payloads have their prefix, and names are snake_case", () => {
  for (const { payload, actor } of told) {
    expect(JSON.stringify({ payload, actor })).not.toMatch(
      /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-/,
    );
    for (const name of Object.keys(payload)) expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
  }
});
