import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/kernel/clock.ts";
import {
  type RunCommandPayload,
  runCommandJob,
  type SendExportPayload,
  sendExportJob,
} from "../../src/matrix/commands/jobs.ts";
import { handleCommand } from "../../src/matrix/commands/run-command.ts";
import { type ExportDeps, handleSendExport } from "../../src/matrix/commands/send-export.ts";
import { openHomeserver } from "../../src/matrix/homeserver/index.ts";
import { uploadsTo } from "../../src/matrix/media/index.ts";
import { killedAfter } from "./mortal.ts";
import { alice, bob, linkNewRoom, openWorld, type World } from "./world.ts";

let world: World;
let roomId: string;
let channelId: string;
let rooms = 0;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  rooms += 1;
  roomId = `!exported${rooms}:test`;
  channelId = await linkNewRoom(world, { roomId, name: "exported" });
  world.rooms.uploaded.length = 0;
});

function depsOf(deps = world.deps, limitBytes = 1_000_000): ExportDeps {
  const { database } = deps;
  const homeserver = openHomeserver({ url: world.homeserverUrl, token: "secret", clock: systemClock });
  return { ...deps, uploads: uploadsTo({ database, homeserver, limitBytes }) };
}

/** Somebody asks; gives what is to be exported, at most one. */
async function ask(sender: string): Promise<SendExportPayload | undefined> {
  world.rooms.say(roomId, sender, "!dao export");
  await world.push();
  for (const command of await world.takeJobs<RunCommandPayload>(runCommandJob))
    await handleCommand(world.deps, command);
  return (await world.takeJobs<SendExportPayload>(sendExportJob))[0];
}

async function wanted(sender = alice): Promise<SendExportPayload> {
  const asked = await ask(sender);
  if (asked === undefined) throw new TypeError("no export was asked for");
  return asked;
}

type Content = Record<string, unknown> & { readonly "m.relates_to"?: { readonly event_id: string } };

async function said(): Promise<Content[]> {
  const rows = await world.rows<{ content: Content }>(
    "SELECT content FROM matrix.sends WHERE room_id = $1 AND idempotency_key LIKE 'command:%' ORDER BY seq",
    roomId,
  );
  return rows.map(({ content }) => content);
}

describe("!dao export", () => {
  it("puts all that is mirrored as a file into the thread of the question, once", async () => {
    world.rooms.say(roomId, bob, "words to keep");
    await world.push();
    const asked = await wanted();
    expect(await said()).toEqual([]);
    for (let time = 0; time < 2; time += 1) await handleSendExport(depsOf(), asked);
    const [file, ...more] = await said();
    expect(more).toEqual([]);
    expect(file).toMatchObject({
      msgtype: "m.file",
      url: "mxc://test/file1",
      filename: expect.stringMatching(/^c_[0-9a-z]{26}\.ndjson$/) as string,
      info: { mimetype: "application/x-ndjson", size: world.rooms.uploaded[0]?.length },
      "m.relates_to": { rel_type: "m.thread", event_id: asked.eventId },
    });
    const lines = String(world.rooms.uploaded[0]).trimEnd().split("\n");
    const parsed = lines.map((line) => JSON.parse(line) as { type: string; preview?: string });
    expect(parsed.find(({ preview }) => preview === "words to keep")).toBeDefined();
    expect([parsed[0]?.type, parsed.at(-1)?.type]).toEqual(["channel", "end"]);
    expect(
      await world.rows(
        `SELECT u.matrix_id AS who, a.actor_kind AS kind, (a.data ->> 'bytes')::int AS bytes
           FROM audit_log a JOIN users u ON true
          WHERE a.action = 'channel.exported' AND a.data ->> 'matrix_event_id' = $1 AND u.matrix_id = $2`,
        asked.eventId,
        alice,
      ),
    ).toEqual([{ who: alice, kind: "user", bytes: world.rooms.uploaded[0]?.length }]);
  });

  it("is for admins of the room, also in the moment in which it is posted", async () => {
    expect(await ask(bob)).toBeUndefined();
    expect((await said())[0]?.["body"]).toContain("100");
    const asked = await wanted();
    world.rooms.setState(roomId, alice, "m.room.power_levels", { users: { [alice]: 50, [bob]: 100 } });
    await world.push();
    await handleSendExport(depsOf(), asked);
    expect(world.rooms.uploaded).toEqual([]);
    expect(await said()).toHaveLength(1);
  });

  it("says so when the file would be larger than what is taken, and uploads nothing", async () => {
    const asked = await wanted();
    await handleSendExport(depsOf(world.deps, 100), asked);
    expect(world.rooms.uploaded).toEqual([]);
    expect(await said()).toMatchObject([
      { msgtype: "m.notice", body: expect.stringMatching(/\/v1\/channels\/c_\w+\/export/) as string },
    ]);
  });

  it("has no word of a confidential team", async () => {
    await world.rows(
      `INSERT INTO teams (id, microdao_id, name, slug, mode) SELECT 't_' || c.id, c.microdao_id, 'secret', 'secret', 'confidential'
         FROM channels c WHERE c.id = $1::uuid`,
      channelId,
    );
    await world.rows(`UPDATE channels SET team_id = 't_' || id WHERE id = $1::uuid`, channelId);
    world.rooms.say(roomId, bob, "secret words");
    await world.push();
    await handleSendExport(depsOf(), await wanted());
    expect(world.rooms.uploaded).toHaveLength(1);
    expect(String(world.rooms.uploaded[0])).not.toContain("secret words");
  });

  it("killed at any step and run again it is there once, and uploaded once unless the answer was lost", async () => {
    const asked = await wanted();
    for (let step = 1; ; step += 1) {
      const alive = await handleSendExport(depsOf(killedAfter(world.deps, step).deps), asked).then(
        () => true,
        () => false,
      );
      if (alive) break;
    }
    await handleSendExport(depsOf(), asked);
    expect(await said()).toHaveLength(1);
  });
});
