import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { InjectOptions, LightMyRequestResponse } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandRights, jobRights, routeRights } from "../../scripts/rights/entrances.ts";
import { renderRights } from "../../scripts/rights/render-rights.ts";
import { readRightsParts } from "../../scripts/rights/rights-parts.ts";
import { transact } from "../../src/db/index.ts";
import { capabilityTable, revokeAccessKey } from "../../src/domain/governance/index.ts";
import { clauseOf } from "../../src/http/clause-of.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { AppError } from "../../src/kernel/errors.ts";
import { encodeId, newId, newUuid } from "../../src/kernel/ids.ts";
import { sourceFiles, textOf } from "../architecture/repository.ts";
import { ApiWorld, type ChannelRow } from "../http/api-world.ts";

const parts = readRightsParts();
const routes = parts.routes.filter(({ call }) => call.includes(" /v1/"));
const everything = capabilityTable.map(([code]) => code);

/** Bodies that the schemas take, for the routes that have one. */
const bodies: Readonly<Record<string, () => object>> = {
  createChannel: () => ({ microdao: encodeId("md", one), name: "New" }),
  changeChannel: () => ({ name: "Other" }),
  setChannelRetention: () => ({ days: 30 }),
  erasePerson: () => ({ matrixId: "@nobody:test", dryRun: true }),
  createFollowup: () => ({}),
  createChannelFollowup: () => ({ message }),
  changeFollowup: () => ({ status: "resolved" }),
  freezeChannel: () => ({ reason: "test" }),
  freezeMicrodao: () => ({ reason: "test" }),
  createKey: () => ({
    name: "x",
    subject: { kind: "integration", id: "x" },
    capabilities: ["channel.read"],
    microdao: encodeId("md", one),
  }),
  rotateKey: () => ({}),
  setAgentQuotas: () => ({ quotas: [] }),
  setKeyQuotas: () => ({ quotas: [] }),
  postChannelMessage: () => ({ text: "x" }),
  postChannelMessages: () => ({ messages: [{ text: "x" }] }),
  growMessage: () => ({ text: "x" }),
  putChannelTyping: () => ({ typing: true }),
  editMessage: () => ({ text: "x" }),
  createMicrodao: () => ({ name: "Three", owner: "@alice:test" }),
  changeMicrodao: () => ({ name: "One" }),
  changeMemberRole: () => ({ role: "member" }),
  setMicrodaoMember: () => ({ role: "member" }),
  claimRuns: () => ({}),
  renewRun: () => ({ leaseToken: "x".repeat(22) }),
  completeRun: () => ({ leaseToken: "x".repeat(22) }),
  failRun: () => ({ leaseToken: "x".repeat(22), sentence: "x" }),
  releaseRun: () => ({ leaseToken: "x".repeat(22) }),
  createAgent: () => ({ code: "new", microdao: encodeId("md", one), blueprint: "echo" }),
  editAgent: () => ({ name: "Other" }),
  approveAgent: () => ({}),
  refuseAgent: () => ({}),
  suspendAgent: () => ({}),
  activateAgent: () => ({}),
  revokeAgent: () => ({}),
  createBlueprint: () => ({ code: "new", model: "echo", microdao: encodeId("md", one) }),
  editBlueprint: () => ({ description: "x" }),
  createRun: () => ({ channel: channel.apiId, prompt: "x" }),
  cancelRun: () => ({}),
  setAgentChannelSettings: () => ({}),
  createAgentSchedule: () => ({ cron: "0 9 * * *", timeZone: "UTC", prompt: "x" }),
  putAgentWebhook: () => ({ url: "https://example.org/hook" }),
  setModel: () => ({ baseUrl: "https://example.org/v1" }),
};

let world: ApiWorld;
let one: string;
let two: string;
let channel: ChannelRow;
let message: string;
let someKey: string;

beforeAll(async () => {
  world = await ApiWorld.open(
    {
      rateLimit: { perSecond: 10_000, burst: 100_000 },
      failureLimit: { perSecond: 10_000, burst: 100_000 },
    },
    "default",
    true,
  );
  one = (await world.microdao("One", "alice")).id;
  two = (await world.microdao("Two", "bob")).id;
  const sofia = await world.agent("sofia", one);
  await world.agent("otto", two);
  channel = await world.channel(one, "private");
  await world.member(channel, { agent: sofia.id });
  const alice = await world.user("alice");
  await world.member(channel, { user: alice.id });
  message = (await world.message(channel, alice.id, { at: 1 })).apiId;
  someKey = (await world.key({ subject: { kind: "integration", id: "some" }, microdaoId: one })).slice(0, 29);
});

afterAll(() => world.close());

/** The path with ids of things that are there in the microDAO One, as far as a test needs them. */
function requestFor({ operationId, call }: { operationId: string; call: string }): InjectOptions {
  const [method, path = ""] = call.split(" ");
  const now = new Date(1);
  const ids: Record<string, string> = {
    channelId: channel.apiId,
    microdaoId: encodeId("md", one),
    messageId: message,
    agentId: "agent:sofia",
    keyId: someKey,
    userId: encodeId("u", newUuid(now)),
    runId: newId("run", now),
    sendId: newId("snd", now),
    followupId: newId("f", now),
    deliveryId: newId("hook", now),
    key: "x",
  };
  const query: Record<string, string> = {
    searchMessages: "?q=hello",
    listAudit: `?microdao=${encodeId("md", one)}`,
  };
  const url =
    path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? name) + (query[operationId] ?? "");
  const body = bodies[operationId];
  return { method: method as "GET", url, ...(body !== undefined && { payload: body() }) };
}

const subjectOf = (operationId: string) =>
  routeRights[operationId]?.agentsOnly === true
    ? ({ kind: "agent", id: "agent:sofia" } as const)
    : ({ kind: "integration", id: "ops" } as const);

/** Streams never end; all others answer. */
const answering = routes.filter(({ operationId }) => !["openStream", "openTriggers"].includes(operationId));

const problemOf = (response: LightMyRequestResponse) =>
  response.json<{ status: number; code: string; clause?: string }>();

describe("docs/rights.md", () => {
  it("says what the code says", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/rights.md"), "utf8");
    expect(page).toBe(renderRights(parts));
  });

  it("has a row for every route, every job and every command that is there", () => {
    expect(parts.routes.filter(({ operationId }) => routeRights[operationId] === undefined)).toEqual([]);
    expect(Object.keys(jobRights).toSorted()).toEqual([...parts.jobs].toSorted());
    const verbs = new Set<string>(parts.commands.map(({ verb }) => verb));
    expect(Object.keys(commandRights).filter((verb) => !verbs.has(verb))).toEqual([]);
  });

  it("names capabilities that there are", () => {
    const known = new Set(everything);
    const named = parts.routes.flatMap(({ operationId }) => routeRights[operationId]?.demands ?? []);
    expect(named.filter((code) => !known.has(code))).toEqual([]);
  });
});

describe("every route", () => {
  it.each(routes.filter(({ operationId }) => (routeRights[operationId]?.demands.length ?? 0) > 0))(
    "$operationId is refused to a key that holds everything but what it demands",
    async (route) => {
      const lacking = new Set(routeRights[route.operationId]?.demands);
      const key = await world.key({
        subject: subjectOf(route.operationId),
        capabilities: everything.filter((code) => !lacking.has(code)),
      });
      const response = await world.request(key, requestFor(route));
      const { status, code, clause } = problemOf(response);
      // What the key may not read is not there for it.
      const isHidden = status === 404;
      expect([isHidden ? "hidden" : clause, code], response.body).toEqual(
        isHidden ? ["hidden", expect.stringMatching(/_not_found$/)] : ["capability", "key_lacks_capability"],
      );
    },
  );

  it("lets nobody in without a key, with one that is forged, revoked, expired, or somebody else's secret", async () => {
    const agentKey = () =>
      world.key({ subject: { kind: "agent", id: "agent:sofia" }, capabilities: everything });
    const [good, other, revoked, expired] = [
      await agentKey(),
      await agentKey(),
      await agentKey(),
      await agentKey(),
    ];
    await transact(world.database, bridgeActor, (tx) => revokeAccessKey(tx, revoked.slice(0, 29)));
    await world.sql("UPDATE access_keys SET expires_at = now() - interval '1 s' WHERE id = $1", [
      expired.slice(0, 29),
    ]);
    const tokens: [string | undefined, string][] = [
      [undefined, "access_key_required"],
      [`${good.slice(0, -1)}${good.endsWith("A") ? "B" : "A"}`, "access_key_invalid"],
      [`${good.slice(0, 30)}${other.slice(30)}`, "access_key_invalid"],
      ["ak_nothing", "access_key_invalid"],
      [revoked, "access_key_revoked"],
      [expired, "access_key_expired"],
    ];
    for (const route of routes) {
      for (const [token, code] of tokens) {
        const response = await world.request(token, requestFor(route));
        expect([route.operationId, response.statusCode, problemOf(response).code]).toEqual([
          route.operationId,
          401,
          code,
        ]);
        expect(response.headers["www-authenticate"]).toMatch(/^Bearer/);
      }
    }
  });

  it("does and shows nothing of a microDAO to a stolen key of another one, whatever it holds", async () => {
    const agent = await world.key({
      subject: { kind: "agent", id: "agent:otto" },
      capabilities: everything,
      microdaoId: two,
    });
    const program = await world.key({
      subject: { kind: "integration", id: "thief" },
      capabilities: everything,
      microdaoId: two,
    });
    const before = await world.sql(
      "SELECT xmin::text AS x FROM channels UNION ALL SELECT xmin::text FROM access_keys ORDER BY 1",
    );
    for (const route of answering) {
      for (const token of [agent, program]) {
        const response = await world.request(token, requestFor(route));
        if (response.statusCode >= 400) {
          expect([401, 403, 404, 409, 422, 502], `${route.operationId} ${response.body}`).toContain(
            response.statusCode,
          );
          continue;
        }
        const told = [channel.apiId, message, someKey, "hello", "sofia"].filter((secret) =>
          response.body.includes(secret),
        );
        expect(told, route.operationId).toEqual([]);
      }
    }
    const after = await world.sql(
      "SELECT xmin::text AS x FROM channels UNION ALL SELECT xmin::text FROM access_keys ORDER BY 1",
    );
    // The two keys in use note when they were used.
    expect(after.length).toBe(before.length);
    expect(await world.sql("SELECT 1 FROM matrix.sends")).toEqual([]);
    expect(await world.sql("SELECT 1 FROM freezes")).toEqual([]);
  });

  it("refuses with a clause whenever it says 403 or 429", () => {
    const declared = sourceFiles().flatMap((path) =>
      [...textOf(path).matchAll(/declareError(?:<[^>]*>)?\(\s*"(\w+)",\s*"(forbidden|limited)"/g)].map(
        ([, code = "", kind]) => ({ code, kind: kind as "forbidden" | "limited", path }),
      ),
    );
    expect(declared.length).toBeGreaterThan(8);
    const ofHttp = declared.filter(({ path }) => /^src\/(?:http|domain)\//.test(path));
    const silent = ofHttp.filter(
      ({ code, kind }) => clauseOf(new AppError({ code, kind }, "", {})) === undefined,
    );
    expect(silent).toEqual([]);
  });
});
