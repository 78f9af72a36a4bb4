import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiWorld, type ChannelRow } from "./api-world.ts";

const base = Date.UTC(2026, 0, 1);
let world: ApiWorld;
let token: string;
let alice: { id: string; externalId: string };
let room: ChannelRow;
let other: ChannelRow;

beforeAll(async () => {
  world = await ApiWorld.open();
  alice = await world.user("alice");
  const microdao = await world.microdao("Dao", "alice");
  room = await world.channel(microdao.id, "private");
  other = await world.channel(microdao.id, "private");
  await world.member(room, { user: alice.id });
  token = await world.key({
    subject: { kind: "user", id: alice.externalId },
    capabilities: ["followup.read", "followup.manage", "chat.message.read"],
  });
});
afterAll(() => world.close());

interface Followup {
  readonly id: string;
  readonly status: string;
  readonly note: string;
  readonly message: { readonly id: string; readonly preview: string };
  readonly assignee: { readonly matrixId: string } | null;
  readonly createdBy: { readonly kind: string };
  readonly resolvedAt: string | null;
}

let times = 0;
const said = (text: string, channel = room) =>
  world.message(channel, alice.id, { at: base + (times += 1), text });
const patch = (id: string, payload: object) =>
  world.request(token, { method: "PATCH", url: `/v1/followups/${id}`, payload });

async function list(query: string, key = token): Promise<{ items: Followup[]; nextCursor: string | null }> {
  const response = await world.get(key, `/v1/followups?${query}`);
  expect(response.statusCode).toBe(200);
  return response.json();
}

describe("follow-ups by the API", () => {
  it("are made of a message by its id or its event, once", async () => {
    const message = await said("water the plants");
    const made = await world.post(token, `/v1/messages/${message.apiId}/followup`, {
      note: "before Friday",
      assignee: "@alice:test",
    });
    expect(made.statusCode).toBe(201);
    const followup = made.json<Followup>();
    expect(made.headers["location"]).toBe(`/v1/followups/${followup.id}`);
    expect(followup).toMatchObject({
      status: "open",
      note: "before Friday",
      message: { id: message.apiId, preview: "water the plants" },
      assignee: { matrixId: "@alice:test" },
      createdBy: { kind: "user" },
    });
    const again = await world.post(token, `/v1/channels/${room.apiId}/followups`, {
      message: message.eventId,
    });
    expect(again.statusCode).toBe(200);
    expect(again.json()).toEqual(followup);
    const audited = await world.sql(
      `SELECT 1 FROM audit_log WHERE action = 'followup.created' AND resource_id = $1`,
      [followup.id],
    );
    expect(audited).toHaveLength(1);
  });

  it("are resolved, opened again and given to others", async () => {
    const { apiId } = await said("call the bank");
    const { id } = (await world.post(token, `/v1/messages/${apiId}/followup`, {})).json<Followup>();
    expect((await patch(id, { status: "resolved" })).json()).toMatchObject({
      status: "resolved",
      resolvedBy: { kind: "user" },
    });
    expect(
      (await patch(id, { status: "open", note: "ask for Eve", assignee: "@alice:test" })).json(),
    ).toMatchObject({
      status: "open",
      resolvedAt: null,
      note: "ask for Eve",
    });
    expect((await patch(id, { assignee: null })).json<Followup>().assignee).toBeNull();
    expect((await world.get(token, `/v1/followups/${id}`)).json<Followup>().note).toBe("ask for Eve");
  });

  it("come in pages, newest first, each once, by channel and status, in one statement more than the rights take", async () => {
    const texts = ["one", "two", "three", "four", "five"];
    for (const text of texts) {
      const { apiId } = await said(text);
      await world.post(token, `/v1/messages/${apiId}/followup`, {});
    }
    const seen: string[] = [];
    let cursor = "";
    do {
      const page = await list(`channel=${room.apiId}&status=any&limit=2${cursor}`);
      seen.push(...page.items.map(({ message }) => message.preview));
      cursor = page.nextCursor === null ? "" : `&cursor=${encodeURIComponent(page.nextCursor)}`;
    } while (cursor !== "");
    expect(seen.slice(0, 5)).toEqual(texts.toReversed());
    expect(new Set(seen).size).toBe(seen.length);
    const { items } = await list("limit=1");
    await patch(items[0]!.id, { status: "resolved" });
    expect((await list("status=resolved")).items.map(({ id }) => id)).toContain(items[0]!.id);
    expect((await list("status=open")).items.map(({ id }) => id)).not.toContain(items[0]!.id);
    const { statements } = await world.counting(() => list("status=any"));
    expect(statements.length).toBeLessThanOrEqual(4);
  });

  it("of a channel that the key may not see are not there", async () => {
    const hidden = await said("elsewhere", other);
    const program = await world.key({
      subject: { kind: "integration", id: "planner" },
      capabilities: ["followup.read", "followup.manage"],
    });
    const made = await world.post(program, `/v1/messages/${hidden.apiId}/followup`, {});
    expect(made.statusCode).toBe(201);
    const { id, message } = made.json<Followup>();
    // Without chat.message.read nothing of what was said is shown.
    expect(message.preview).toBe("");
    expect((await world.get(token, `/v1/followups/${id}`)).json()).toMatchObject({
      code: "followup_not_found",
    });
    expect((await patch(id, { status: "resolved" })).statusCode).toBe(404);
    expect((await world.post(token, `/v1/messages/${hidden.apiId}/followup`, {})).json()).toMatchObject({
      code: "message_not_found",
    });
    const misplaced = await world.post(program, `/v1/channels/${room.apiId}/followups`, {
      message: hidden.apiId,
    });
    expect(misplaced.statusCode).toBe(404);
    expect((await list("status=any")).items.map((item) => item.id)).not.toContain(id);
  });

  it("are refused with the reason", async () => {
    const { apiId } = await said("refusals");
    const path = `/v1/messages/${apiId}/followup`;
    const cases: readonly [object, string][] = [
      [{ assignee: "@nobody:test" }, "assignee_not_found"],
      [{ note: "x".repeat(501) }, "request_invalid"],
      [{ notes: "misspelt" }, "request_invalid"],
    ];
    for (const [body, code] of cases) {
      expect((await world.post(token, path, body)).json()).toMatchObject({ code });
    }
    const reader = await world.key({
      subject: { kind: "user", id: alice.externalId },
      capabilities: ["followup.read"],
    });
    expect((await world.post(reader, path, {})).json()).toMatchObject({ code: "key_lacks_capability" });
    expect((await world.get(token, "/v1/followups/f_nonsense")).statusCode).toBe(404);
    expect((await world.get(token, "/v1/followups?cursor=nonsense")).statusCode).toBe(422);
    expect((await patch("f_nonsense", {})).statusCode).toBe(422);
  });
});
