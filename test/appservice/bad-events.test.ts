import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommandJob } from "../../src/matrix/commands/jobs.ts";
import {
  alice,
  bob,
  bot,
  editOf,
  eventOf,
  type MatrixEvent,
  member,
  reactionTo,
  redactionOf,
  state,
  text,
} from "../support/matrix-events.ts";
import { recordingLog } from "../support/recording-log.ts";
import { openWorld, type World } from "../support/world.ts";
import { everything, mixture } from "./mixture.ts";

let world: World;
const log = recordingLog();

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

describe("events that are no good", () => {
  /** The database refuses rows of this table that hold this event, as if they broke a rule of its. */
  async function refuse(table: string, column: string, eventId: string, words = "refused"): Promise<void> {
    await world.rows(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF to_jsonb(NEW) ->> '${column}' = '${eventId}' THEN RAISE '${words}' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$`);
    await world.rows(
      `CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION refuse()`,
    );
  }

  const target = text("the target");
  const cases: [string, string, string, MatrixEvent][] = [
    ["a message", "messages", "matrix_event_id", text("refused")],
    ["an edit", "matrix.edits", "event_id", editOf(target, "refused")],
    ["a reaction", "matrix.reactions", "event_id", reactionTo(target, "💥")],
    ["a redaction", "matrix.redactions", "event_id", redactionOf("$nothing")],
    ["a member event", "matrix.member_events", "event_id", member("@refused:test", "join")],
    ["a state event", "matrix.state_events", "event_id", state("m.room.topic", { topic: "refused" })],
    ["a message whose news", "outbox_events", "event_key", text("refused")],
    ["a reaction whose news", "outbox_events", "event_key", reactionTo(target, "💥")],
    ["a member event whose news", "outbox_events", "event_key", member("@refused:test", "join")],
  ];

  it.each(cases)(
    "34 %s that the database refuses is a dead letter, its neighbours are stored, and the answer is 200",
    async (_what, table, column, bad) => {
      await refuse(table, column, bad.event_id);
      const [before, after] = [text("before"), text("after")];
      const response = await world.push(
        [target, before, bad, { ...text("x"), sender: 1 }, reactionTo(before, "👍"), after],
        "41",
      );
      expect(response).toMatchObject(ok);
      expect((await previews()).toSorted()).toEqual(["after", "before", "the target"]);
      const letters = await world.rows(
        "SELECT event_id, error_code, txn_id, source, attempts, status FROM matrix.inbox ORDER BY error_code",
      );
      expect(letters).toMatchObject([
        { error_code: "bad_sender" },
        {
          event_id: bad.event_id,
          error_code: "not_applied",
          txn_id: "41",
          source: "push",
          attempts: 1,
          status: "dead",
        },
      ]);
      const left = await world.rows(`SELECT 1 FROM outbox_events WHERE event_key = $1`, bad.event_id);
      expect(left).toEqual([]);
      const [reaction] = await world.rows("SELECT parked FROM matrix.reactions");
      expect(reaction).toEqual({ parked: false });
      // The same again: nothing is doubled.
      await world.push([target, before, bad, after], "41");
      expect(await world.rows("SELECT 1 FROM matrix.inbox WHERE error_code = 'not_applied'")).toHaveLength(1);
      expect(await previews()).toHaveLength(3);
    },
  );

  it("34 work that cannot be asked for makes a dead letter of the event that asks, and of no other", async () => {
    const bad = text("!dao help");
    await world.rows(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF NEW.data ->> 'eventId' = '${bad.event_id}' THEN RAISE 'refused'; END IF; RETURN NEW; END $$`);
    await world.rows(
      "CREATE TRIGGER refuse BEFORE INSERT ON pgboss.job FOR EACH ROW EXECUTE FUNCTION refuse()",
    );
    expect(await world.push([bad, text("!dao status"), text("hello")])).toMatchObject(ok);
    expect((await previews()).toSorted()).toEqual(["!dao status", "hello"]);
    expect(await world.takeJobs(runCommandJob)).toMatchObject([{ command: { verb: "status" } }]);
    const letters = await world.rows("SELECT event_id, error_code FROM matrix.inbox");
    expect(letters).toEqual([{ event_id: bad.event_id, error_code: "not_applied" }]);
  });

  it.each([
    ["a surrogate pair where a limit may cut", `!dao ${"x".repeat(994)}🦊🦊`],
    ["lone surrogates and NULs", "!dao link \ud800 \0"],
    ["arguments that are no arguments", "!dao link microdao:1 \udc00"],
    ["64 KiB", `!dao link ${"9".repeat(65_000)}`],
  ])("34 a command with %s does not stop the transaction", async (_what, body) => {
    expect(await world.push([text(body), text("hello")])).toMatchObject(ok);
    expect(await world.rows("SELECT 1 FROM matrix.inbox")).toEqual([]);
    expect(await world.takeJobs(runCommandJob)).toMatchObject([{ command: { verb: "unknown" } }]);
  });

  it("34 a failure in words that cannot be stored is stored all the same", async () => {
    const bad = text("refused");
    await refuse("messages", "matrix_event_id", bad.event_id, `${"x".repeat(440)}${"🦊".repeat(200)}`);
    expect(await world.push([bad, text("hello")])).toMatchObject(ok);
    const [letter] = await world.rows<{ error: string }>("SELECT error FROM matrix.inbox");
    expect(letter?.error.length).toBeLessThanOrEqual(500);
  });

  it("34 no log line and no error column holds what was said when the database refuses it", async () => {
    const secret = "nobody should read this in a log";
    const bad = text(secret);
    await world.rows(
      `ALTER TABLE messages ADD CONSTRAINT no_such_event CHECK (matrix_event_id <> '${bad.event_id}')`,
    );
    const before = log.lines.length;
    await world.push([bad, text(secret)]);
    const told = log.lines.slice(before);
    expect(told.filter(({ level }) => level !== "debug")).toMatchObject([
      { level: "warn", fields: { sqlState: "23514", events: 2 } },
    ]);
    expect(told.map((line) => everyValueIn(line)).join("\n")).not.toContain(secret);
    const [letter] = await world.rows<{ error: string }>("SELECT error FROM matrix.inbox");
    expect(letter?.error).toContain("no_such_event");
    expect(letter?.error).not.toContain(secret);
  });

  it("35 events that are null or lack what every event has are kept raw, and the others are processed", async () => {
    const good = text("good");
    const bad = [
      null,
      { ...text("x"), type: undefined },
      { ...text("x"), sender: undefined },
      { ...text("x"), room_id: undefined },
      { ...text("x"), content: undefined },
    ];
    expect(await world.push([...bad, good])).toMatchObject(ok);
    expect(await previews()).toEqual(["good"]);
    const letters = await world.rows<{ error_code: string }>("SELECT error_code FROM matrix.inbox");
    expect(letters.map(({ error_code }) => error_code).toSorted()).toEqual([
      "bad_content",
      "bad_room_id",
      "bad_sender",
      "bad_type",
      "event_not_object",
    ]);
  });

  it.each(["io.element.synapse.soft_failed", "io.element.synapse.policy_server_spammy"])(
    "36 what the homeserver marked as %s is neither shown nor acted on",
    async (mark) => {
      await world.push([text("hello")]);
      const before = await everything(world);
      const marked = [
        ...mixture().slice(0, -1),
        member(bot, "invite", { sender: bob, room_id: "!spam:test" }),
      ];
      expect(
        await world.push(marked.map((event) => ({ ...event, unsigned: { [mark]: true } }))),
      ).toMatchObject(ok);
      expect(await everything(world)).toEqual(before);
      await world.push([{ ...text("only marked so"), unsigned: { [mark]: "true" } }]);
      expect(await previews()).toEqual(["hello", "only marked so"]);
    },
  );

  it("unknown rooms are of no concern, whatever is said there", async () => {
    const before = await everything(world);
    const events = mixture()
      .filter(({ type, state_key }) => type !== "m.room.member" || state_key === alice)
      .slice(0, -1);
    expect(await world.push(events.map((event) => ({ ...event, room_id: "!unknown:test" })))).toMatchObject(
      ok,
    );
    expect(await everything(world)).toEqual(before);
    expect(await world.push([eventOf("m.room.encrypted", {}, { room_id: "!v12" })])).toMatchObject(ok);
  });
});

/** Everything that a logger could write of a value: own and inherited fields, causes, at any depth. */
function everyValueIn(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== "object" || value === null) return String(value);
  if (seen.has(value)) return "";
  seen.add(value);
  const names = new Set([
    ...Object.getOwnPropertyNames(value),
    "message",
    "stack",
    "cause",
    "meta",
    "detail",
  ]);
  return [...names].map((name) => everyValueIn((value as Record<string, unknown>)[name], seen)).join("\n");
}
