import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiWorld, type ChannelRow } from "./api-world.ts";

const base = Date.UTC(2026, 0, 1);
let world: ApiWorld;
let room: ChannelRow;
let token: string;
let alice: { id: string };

beforeAll(async () => {
  world = await ApiWorld.open();
  alice = await world.user("alice");
  const microdao = await world.microdao("Dao", "alice");
  room = await world.channel(microdao.id, "private");
  await world.member(room, { user: alice.id });
  token = await world.key({
    subject: { kind: "integration", id: "keeper" },
    capabilities: ["channel.export"],
  });
});
afterAll(() => world.close());

interface Line {
  readonly type: string;
  readonly preview?: string;
  readonly event_id?: string;
  readonly target_event_id?: string;
}

async function exported(channel: ChannelRow): Promise<Line[]> {
  const response = await world.get(token, `/v1/channels/${channel.apiId}/export`);
  expect(response.statusCode).toBe(200);
  expect(response.headers["content-type"]).toContain("application/x-ndjson");
  expect(response.body.endsWith("\n")).toBe(true);
  return response.body
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

describe("the export of a channel", () => {
  it("has the channel, its members, and each message, edit and reaction once, and says how many", async () => {
    // More than two pages, with times that repeat, and more reactions to one of them than fit into a page.
    await world.sql(
      `INSERT INTO messages (id, channel_id, matrix_event_id, sender_user_id, sender_type, kind, content_preview, created_at)
       SELECT gen_random_uuid(), $1::uuid, '$e' || n, $2::uuid, 'human', 'text', 'text ' || n,
              to_timestamp($3::float8 / 1000) + (n / 7) * interval '1 second'
         FROM generate_series(1, 1203) n`,
      [room.id, alice.id, base],
    );
    await world.sql(
      `INSERT INTO matrix.reactions (event_id, channel_id, target_event_id, sender_id, key, origin_server_ts, redacted, parked)
       SELECT '$r' || n, $1::uuid, '$e5', $2::uuid, 'k' || n, 1, n > 1010, false FROM generate_series(1, 1020) n`,
      [room.id, alice.id],
    );
    await world.sql(
      `INSERT INTO matrix.edits (event_id, channel_id, target_event_id, sender_id, origin_server_ts, kind, preview, redacted, parked)
       VALUES ('$edit', $1::uuid, '$e1200', $2::uuid, $3, 'text', 'new words', false, false)`,
      [room.id, alice.id, base],
    );
    const lines = await exported(room);
    expect(lines[0]).toMatchObject({ type: "channel", id: room.apiId });
    expect(lines.at(-1)).toEqual({ type: "end", members: 1, messages: 1203, edits: 1, reactions: 1010 });
    const counted = Object.groupBy(lines, ({ type }) => type);
    expect(new Set(counted["message"]?.map((line) => line.event_id)).size).toBe(1203);
    expect(new Set(counted["reaction"]?.map((line) => line.event_id)).size).toBe(1010);
    expect(counted["edit"]).toMatchObject([{ preview: "new words", target_event_id: "$e1200" }]);
    const audited = await world.sql(
      `SELECT 1 FROM audit_log WHERE action = 'channel.exported' AND resource_id = $1`,
      [room.apiId],
    );
    expect(audited).toHaveLength(1);
  });

  it("takes the capability, and a channel that the key may see", async () => {
    const reader = await world.key({ subject: { kind: "integration", id: "reader" } });
    expect((await world.get(reader, `/v1/channels/${room.apiId}/export`)).json()).toMatchObject({
      code: "key_lacks_capability",
    });
    expect((await world.get(token, "/v1/channels/c_nothing/export")).statusCode).toBe(404);
  });
});
