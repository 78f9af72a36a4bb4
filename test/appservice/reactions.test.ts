import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ReactionPayload, reactionJob } from "../../src/domain/messaging/index.ts";
import { type RunCommandPayload, runCommandJob } from "../../src/matrix/commands/jobs.ts";
import { ingestEvents } from "../../src/matrix/ingest/index.ts";
import { answerGhostInviteJob, linkRoomJob } from "../../src/matrix/linking/jobs.ts";
import {
  alice,
  bob,
  bot,
  editOf,
  encrypted,
  type MatrixEvent,
  member,
  messageWith,
  reactionTo,
  redactionOf,
  room,
  sofia,
  state,
  text,
} from "../support/matrix-events.ts";
import { takeRuns } from "../support/take-runs.ts";
import { openWorld, type World } from "../support/world.ts";

const hour = 3_600_000;
let world: World;

beforeEach(async () => {
  world = await openWorld({ triggerMaxAgeMs: hour });
  await world.push([member(alice, "join"), member(bob, "join"), member(sofia, "join")]);
});
afterEach(() => world.close());

const now = () => ({ origin_server_ts: Date.now() });
const toSofia = (body: string, over: Partial<MatrixEvent> = {}, content: Record<string, unknown> = {}) =>
  messageWith(
    { msgtype: "m.text", body, "m.mentions": { user_ids: [sofia] }, ...content },
    { ...now(), ...over },
  );
/** What the jobs are about: they name the event, and the words stay where they are. */
const questions = async () => {
  const asked = (await takeRuns(world)).map(({ eventId }) => eventId);
  const found = await world.rows<{ content_preview: string }>(
    "SELECT content_preview FROM messages WHERE matrix_event_id = ANY($1::text[])",
    asked,
  );
  return found.map((row) => row.content_preview).toSorted();
};

describe("reacting", () => {
  const reactions = async () =>
    (await world.takeJobs<ReactionPayload>(reactionJob))
      .map(({ key, sender }) => `${sender} ${key}`)
      .toSorted();

  it("with a key that means something asks for it once, however often it is pushed", async () => {
    const said = text("said", { sender: sofia, ...now() });
    const events = ["❌", "✅\ufe0f", "📌", "👍🏽", "👍", "anything"].map((key) =>
      reactionTo(said, key, now()),
    );
    await world.push([said, ...events]);
    await world.push(events);
    const [job] = await world.rows<{ data: ReactionPayload }>(
      "SELECT data FROM pgboss.job WHERE name = $1 AND data ->> 'key' = '❌'",
      reactionJob.name,
    );
    expect(job?.data).toEqual({
      roomId: room,
      channelId: world.channelId,
      reactionEventId: events[0]?.event_id,
      targetEventId: said.event_id,
      key: "❌",
      sender: alice,
    });
    expect(await reactions()).toEqual([`${alice} ✅`, `${alice} ❌`, `${alice} 📌`]);
  });

  it("means nothing when it is ours, old or read back; read back and then pushed, it counts once", async () => {
    const said = text("said", now());
    const late = reactionTo(said, "✅", now());
    await world.push([
      said,
      reactionTo(said, "❌", { sender: sofia, ...now() }),
      reactionTo(said, "❌", { sender: bot, ...now() }),
      reactionTo(said, "❌", { origin_server_ts: Date.now() - 2 * hour }),
    ]);
    await ingestEvents(world.deps, [late], { source: "backfill", txnId: null });
    expect(await reactions()).toEqual([]);
    await world.push([late]);
    await world.push([late]);
    expect(await reactions()).toEqual([`${alice} ✅`]);
  });
});

describe("speaking to an agent", () => {
  it("a mention asks it once, with the event that asks, the asker and the thread", async () => {
    const event = toSofia(
      "Sofia, what is up?",
      {},
      { "m.relates_to": { rel_type: "m.thread", event_id: "$root" } },
    );
    await world.push([event]);
    await world.push([event]);
    expect(await takeRuns(world)).toEqual([
      {
        agentId: world.agentId,
        channelId: world.channelId,
        kind: "mention",
        key: event.event_id,
        eventId: event.event_id,
        asker: alice,
        threadRoot: "$root",
        hop: 0,
        status: "queued",
      },
    ]);
  });

  it("so does a reply to what it said, whoever is mentioned", async () => {
    const said = text("I am Sofia", { sender: sofia, ...now() });
    const reply = messageWith(
      {
        msgtype: "m.text",
        body: "> <@dao_sofia:test> I am Sofia\n\nhello",
        "m.relates_to": { "m.in_reply_to": { event_id: said.event_id } },
      },
      now(),
    );
    await world.push([said, reply]);
    expect(await questions()).toEqual(["hello"]);
  });

  it("97 only ids in m.mentions count: neither names in the text nor anything malformed", async () => {
    const odd: unknown[] = [
      undefined,
      null,
      sofia,
      { user_ids: sofia },
      { user_ids: [[sofia]] },
      { user_ids: [{ id: sofia }] },
      { room: true },
    ];
    await world.push([
      text(`${sofia} Sofia @sofia @room`, now()),
      ...odd.map((mentions) =>
        messageWith({ msgtype: "m.text", body: "odd", "m.mentions": mentions }, now()),
      ),
      messageWith({ msgtype: "m.text", body: "even", "m.mentions": { user_ids: [7, sofia, null] } }, now()),
    ]);
    expect(await questions()).toEqual(["even"]);
  });

  it("80 notices, emotes, media, edits and encrypted messages ask nobody", async () => {
    const first = text("first", now());
    await world.push([
      first,
      ...["m.notice", "m.emote", "m.image", "m.unknown", 7].map((msgtype) => toSofia("x", {}, { msgtype })),
      {
        ...editOf(first, "edited", now()),
        content: { ...editOf(first, "Sofia?").content, "m.mentions": { user_ids: [sofia] } },
      },
      encrypted(now()),
    ]);
    expect(await questions()).toEqual([]);
  });

  it("neither our own users nor old messages nor history ask anybody", async () => {
    await world.push([
      toSofia("from the bot", { sender: bot }),
      toSofia("from an agent", { sender: "@dao_other:test" }),
      toSofia("to herself", { sender: sofia }),
      toSofia("old", { origin_server_ts: Date.now() - 2 * hour }),
    ]);
    for (const source of ["backfill", "snapshot"] as const) {
      await ingestEvents(world.deps, [toSofia(`from ${source}`), text("!dao help", now())], {
        source,
        txnId: null,
      });
    }
    expect(await questions()).toEqual([]);
    expect(await world.takeJobs(runCommandJob)).toEqual([]);
  });

  it("127: a message that is read back asks nobody; should it be pushed yet, it asks once", async () => {
    const event = toSofia("read back first");
    await ingestEvents(world.deps, [event], { source: "backfill", txnId: null });
    expect(await questions()).toEqual([]);
    await world.push([event]);
    await world.push([event]);
    expect(await questions()).toEqual(["read back first"]);
  });

  it("an agent that is not in the channel, or not active, is not asked", async () => {
    await world.link("!elsewhere:test");
    await world.push([toSofia("elsewhere", { room_id: "!elsewhere:test" })]);
    await world.rows("UPDATE agents SET status = 'suspended' WHERE id = $1::uuid", world.agentId);
    await world.push([toSofia("suspended")]);
    await world.rows("UPDATE agents SET status = 'active' WHERE id = $1::uuid", world.agentId);
    await world.push([member(sofia, "leave", now())]);
    await world.push([toSofia("gone")]);
    expect(await questions()).toEqual([]);
  });

  it("a mention and the agent's joining may come in one transaction", async () => {
    await world.link("!new:test");
    await world.push([
      toSofia("welcome", { room_id: "!new:test" }),
      member(sofia, "join", { room_id: "!new:test" }),
      member(alice, "join", { room_id: "!new:test" }),
    ]);
    expect(await questions()).toEqual(["welcome"]);
  });

  it("a question that is withdrawn in the same transaction is not asked", async () => {
    const event = toSofia("never mind");
    await world.push([event, redactionOf(event)]);
    await world.push([redactionOf("$later")]);
    await world.push([toSofia("redacted before it came", { event_id: "$later" })]);
    expect(await questions()).toEqual([]);
  });
});

describe("commands", () => {
  const commands = async () =>
    (await world.takeJobs<RunCommandPayload>(runCommandJob)).map(({ command }) => command.verb).toSorted();

  it("a message that begins with !dao is a command, others are not", async () => {
    const bodies = [
      "!dao",
      "!dao status",
      "!dao\nhelp",
      "!daoist",
      "say !dao",
      " !dao status",
      "!DAO status",
    ];
    await world.push(bodies.map((body) => text(body, now())));
    expect(await commands()).toEqual(["help", "help", "status", "status", "status"]);
  });

  it("of a text that is no command nothing is kept with the job", async () => {
    await world.push([
      text("!dao please keep this to yourself", now()),
      text("!dao status and a secret", now()),
    ]);
    expect(await commands()).toEqual(["unknown", "unknown"]);
  });

  it("neither our own users nor notices nor old messages command", async () => {
    await world.push([
      text("!dao unlink", { sender: sofia, ...now() }),
      text("!dao unlink", { sender: bot, ...now() }),
      messageWith({ msgtype: "m.notice", body: "!dao unlink" }, now()),
      text("!dao unlink", { origin_server_ts: Date.now() - 2 * hour }),
      encrypted(now()),
    ]);
    expect(await commands()).toEqual([]);
  });

  it("a command that mentions an agent is not a question as well", async () => {
    await world.push([toSofia("!dao status")]);
    expect(await questions()).toEqual([]);
    expect(await commands()).toEqual(["status"]);
  });
});

describe("invitations and removals", () => {
  it("102 an invitation of the bot asks for the link, one of an agent for an answer, one of anybody else for nothing", async () => {
    const elsewhere = { sender: bob, room_id: "!v12withoutdomain" };
    await world.push([
      member(bot, "invite", elsewhere),
      member(sofia, "invite", elsewhere),
      member(alice, "invite", elsewhere),
      member("@dao_sofia:other", "invite", elsewhere),
    ]);
    expect(await world.takeJobs(linkRoomJob)).toMatchObject([{ roomId: "!v12withoutdomain", inviter: bob }]);
    expect(await world.takeJobs(answerGhostInviteJob)).toMatchObject([
      { roomId: "!v12withoutdomain", ghostId: sofia },
    ]);
  });

  it.each(["leave", "ban"])(
    "104 when the bot meets a %s, the room is marked as left, and stays so",
    async (membership) => {
      const status = async () =>
        (await world.rows("SELECT status, mirrored FROM matrix.rooms WHERE room_id = $1", room))[0];
      await world.push([member(bot, "join", now())]);
      expect(await status()).toEqual({ status: "joined", mirrored: true });
      await world.push([member(bot, membership, { sender: alice, ...now() })]);
      expect(await status()).toEqual({ status: "left", mirrored: true });
      await world.push([member(sofia, "leave", now())]);
      expect(await status()).toEqual({ status: "left", mirrored: true });
    },
  );
});

describe("where text may not be kept", () => {
  const secret = "the plan nobody may read";

  async function everyTable(): Promise<string> {
    const tables = await world.rows<{ name: string }>(
      `SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables
        WHERE table_type = 'BASE TABLE' AND table_schema IN ('public', 'matrix', 'pgboss')`,
    );
    const found: string[] = [];
    for (const { name } of tables) {
      const rows = await world.rows<{ row: string }>(`SELECT row_to_json(t)::text AS row FROM ${name} t`);
      found.push(...rows.map(({ row }) => `${name}: ${row}`));
    }
    return found.filter((row) => row.includes(secret)).join("\n");
  }

  function everythingThatIsSaid(): MatrixEvent[] {
    const first = text(secret, now());
    return [
      first,
      toSofia(secret),
      text(`!dao ${secret}`, now()),
      text(`!dao status ${secret}`, now()),
      editOf(first, `${secret}, edited`, now()),
      editOf("$not yet here", `${secret}, parked`, now()),
      messageWith(
        { msgtype: "m.image", body: secret, filename: `${secret}.png`, url: "mxc://test/a" },
        now(),
      ),
      messageWith({ msgtype: "m.location", body: secret, geo_uri: `geo:${secret}` }, now()),
      messageWith({ msgtype: secret, body: secret }, now()),
    ];
  }

  it("in a confidential team no table holds what was said: no preview, no event for others, no job, no edit", async () => {
    await world.rows(
      `INSERT INTO teams (id, name, slug, mode, microdao_id)
       VALUES ('t_00000000000000000000000000', 'Board', 'board', 'confidential', $1::uuid)`,
      world.microdaoId,
    );
    await world.rows(
      "UPDATE channels SET team_id = 't_00000000000000000000000000' WHERE id = $1::uuid",
      world.channelId,
    );
    await world.push([
      ...everythingThatIsSaid(),
      { ...text(secret), sender: 7 },
      { ...text("x"), type: [secret] },
    ]);
    expect(await everyTable()).toBe("");
    const letters = await world.rows<{ raw: Uint8Array }>("SELECT raw FROM matrix.inbox");
    expect(letters).toHaveLength(2);
    expect(letters.some(({ raw }) => Buffer.from(raw).includes(secret))).toBe(false);
    const rows = await world.rows<{ kind: string; content_preview: string; metadata: unknown }>(
      "SELECT kind, content_preview, metadata FROM messages",
    );
    expect(rows).toHaveLength(7);
    expect(rows.every((row) => row.content_preview === "" && row.metadata === null)).toBe(true);
    expect(await questions()).toEqual([]);
  });

  it("an encrypted room asks no agent", async () => {
    await world.push([state("m.room.encryption", { algorithm: "m.megolm.v1.aes-sha2" }, now())]);
    await world.push([toSofia(secret), encrypted(now())]);
    expect(await questions()).toEqual([]);
  });

  it("92 what was redacted is in no table any more, in whatever order it came", async () => {
    const events = everythingThatIsSaid().filter(
      ({ content }) => !String(content["body"]).startsWith("!dao"),
    );
    const redactions = events.map((event) => redactionOf(event, now()));
    await takeRuns(world);
    await world.push([...events.slice(0, 3), ...redactions.slice(2), ...events.slice(3)]);
    await takeRuns(world);
    await world.push(redactions.slice(0, 2));
    expect(await everyTable()).toBe("");
  });

  it("92 edits of a redacted message go with it, also when neither it nor they are here yet", async () => {
    const here = text("x", now());
    await world.push([here, editOf(here, secret, now()), redactionOf(here, now())]);
    await world.push([editOf(here, `${secret}, later`, now())]);
    await world.push([editOf("$never came", secret, now())]);
    await world.push([redactionOf("$never came", now())]);
    await world.push([redactionOf("$nor this", now())]);
    await world.push([editOf("$nor this", secret, now())]);
    expect(await everyTable()).toBe("");
  });

  it("92 a dead letter whose event is redacted is emptied, before and after", async () => {
    const bad = (event_id: string) => ({ ...text(secret, { event_id, ...now() }), sender: 7 });
    const holds = async () =>
      (await world.rows<{ raw: Uint8Array }>("SELECT raw FROM matrix.inbox")).some(({ raw }) =>
        Buffer.from(raw).includes(secret),
      );
    await world.push([bad("$first"), bad("$second")]);
    expect(await holds()).toBe(true);
    await world.push([redactionOf("$first", now()), redactionOf("$second", now())]);
    expect(await holds()).toBe(false);
    await world.push([redactionOf("$third", now())]);
    await world.push([bad("$third")]);
    await world.push([redactionOf("$fourth", now()), bad("$fourth")]);
    expect(await holds()).toBe(false);
    const statuses = await world.rows("SELECT DISTINCT status FROM matrix.inbox");
    expect(statuses).toEqual([{ status: "dropped" }]);
  });
});
