import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  deadLetterMissing,
  dropDeadLetter,
  retryDeadLetter,
  selectDeadLetter,
  selectDeadLetters,
} from "../../src/matrix/ingest/index.ts";
import {
  editOf,
  type MatrixEvent,
  member,
  messageWith,
  redactionOf,
  sofia,
  text,
} from "../support/matrix-events.ts";
import { takeRuns } from "../support/take-runs.ts";
import { openWorld, type World } from "../support/world.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

/** The database refuses this event until `allow` is called. */
async function refused(event: MatrixEvent): Promise<{ id: string; allow: () => Promise<unknown> }> {
  await world.rows(
    `ALTER TABLE messages ADD CONSTRAINT refused CHECK (matrix_event_id <> '${event.event_id}')`,
  );
  await world.push([event]);
  const [letter] = await selectDeadLetters(world.database.db, 10);
  return { id: letter?.id ?? "", allow: () => world.rows("ALTER TABLE messages DROP CONSTRAINT refused") };
}

const preview = async (event: MatrixEvent) =>
  (
    await world.rows<{ preview: string }>(
      "SELECT content_preview AS preview FROM messages WHERE matrix_event_id = $1",
      event.event_id,
    )
  )[0]?.preview;

describe("dead letters", () => {
  it("that can be recorded now are recorded, with everything that waited for them, and nobody reacts", async () => {
    await world.push([member(sofia, "join")]);
    const event = messageWith({ msgtype: "m.text", body: "Sofia?", "m.mentions": { user_ids: [sofia] } });
    const { id, allow } = await refused(event);
    await world.push([editOf(event, "Sofia!")]);
    expect(await retryDeadLetter(world, id)).toMatchObject({ code: "not_applied" });
    expect(await selectDeadLetter(world.database.db, id)).toMatchObject({ status: "dead", attempts: 2 });
    await allow();
    expect(await retryDeadLetter(world, id)).toBeUndefined();
    expect(await preview(event)).toBe("Sofia!");
    expect(await selectDeadLetter(world.database.db, id)).toMatchObject({
      status: "retried",
      raw: new Uint8Array(),
    });
    expect(await takeRuns(world)).toEqual([]);
    const told = await world.rows("SELECT 1 FROM outbox_events WHERE topic = 'chat.message.created'");
    expect(told).toHaveLength(1);
  });

  it("that are closed cannot be opened again", async () => {
    const { id, allow } = await refused(text("hello"));
    await allow();
    await retryDeadLetter(world, id);
    await expect(retryDeadLetter(world, id)).rejects.toSatisfy(deadLetterMissing.is);
    await expect(dropDeadLetter(world, id)).rejects.toSatisfy(deadLetterMissing.is);
    await expect(retryDeadLetter(world, "dl_unknown")).rejects.toSatisfy(deadLetterMissing.is);
    expect(await selectDeadLetters(world.database.db, 10)).toEqual([]);
  });

  it("that are dropped are empty, and stay so when the event comes again", async () => {
    const bad = { ...text("never mind"), sender: 7 };
    await world.push([bad]);
    const [letter] = await selectDeadLetters(world.database.db, 10);
    await dropDeadLetter(world, letter?.id ?? "");
    await world.push([bad]);
    expect(await selectDeadLetters(world.database.db, 10)).toEqual([]);
    const rows = await world.rows("SELECT status, length(raw) AS size FROM matrix.inbox");
    expect(rows).toEqual([{ status: "dropped", size: 0 }]);
  });

  it("that can never be read say why, however often they are tried", async () => {
    await world.push([null]);
    const [letter] = await selectDeadLetters(world.database.db, 10);
    for (let attempts = 2; attempts < 4; attempts += 1) {
      expect(await retryDeadLetter(world, letter?.id ?? "")).toMatchObject({ code: "event_not_object" });
      expect(await selectDeadLetter(world.database.db, letter?.id ?? "")).toMatchObject({ attempts });
    }
  });

  it("of rooms that are not mirrored any more stay, for they would be recorded nowhere", async () => {
    const { id, allow } = await refused(text("hello"));
    await allow();
    await world.rows("UPDATE matrix.rooms SET mirrored = false");
    expect(await retryDeadLetter(world, id)).toMatchObject({ code: "room_not_mirrored" });
    await world.rows("UPDATE matrix.rooms SET mirrored = true");
    expect(await retryDeadLetter(world, id)).toBeUndefined();
  });

  it("that are redactions redact when they are recorded at last", async () => {
    const event = text("to be redacted");
    const redaction = redactionOf(event);
    await world.push([event]);
    await world.rows(
      `ALTER TABLE matrix.redactions ADD CONSTRAINT refused CHECK (event_id <> '${redaction.event_id}')`,
    );
    await world.push([redaction]);
    const [letter] = await selectDeadLetters(world.database.db, 10);
    await world.rows("ALTER TABLE matrix.redactions DROP CONSTRAINT refused");
    expect(await retryDeadLetter(world, letter?.id ?? "")).toBeUndefined();
    expect(await preview(event)).toBe("");
  });

  it("are listed oldest first, without what was said", async () => {
    await world.push([{ ...text("one"), sender: 1 }]);
    await world.push([{ ...text("two"), sender: 2 }]);
    const letters = await selectDeadLetters(world.database.db, 1);
    expect(letters).toHaveLength(1);
    expect(JSON.stringify(letters)).not.toMatch(/"one"|"two"/);
  });
});
