import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { silentLog } from "../../src/kernel/log.ts";
import { type RunningBridge, runBridge } from "../../src/matrix/bridge.ts";
import { homeserverAway } from "../../src/matrix/homeserver/index.ts";
import { text } from "../support/matrix-events.ts";
import { hsToken, openWorld, type World } from "../support/world.ts";

const registration = {
  id: "microdao",
  url: "http://127.0.0.1:9009",
  asToken: "as",
  hsToken,
  senderLocalpart: "microdao_appservice",
  rateLimited: false,
  namespaces: {
    users: [
      { exclusive: true, regex: "^@microdao:test$" },
      { exclusive: true, regex: "^@dao_[^:]+:test$" },
    ],
    aliases: [{ exclusive: true, regex: "^#dao_[^:]+:test$" }],
    rooms: [],
  },
};

/** What the homeserver would have been asked to make, in the order in which it was asked for. */
const made: string[] = [];
const pings: (string | undefined)[] = [];
let bridge: RunningBridge;
let world: World;

beforeAll(async () => {
  bridge = await runBridge({
    homeserverUrl: "http://127.0.0.1:1",
    serverName: "test",
    registration,
    async isUserWanted(userId) {
      if (userId.startsWith("@dao_away")) {
        throw homeserverAway({ why: "test", status: undefined, errcode: undefined, retryAfterMs: undefined });
      }
      if (userId.startsWith("@dao_broken")) throw new TypeError("a bug of ours");
      if (!userId.startsWith("@dao_so")) return false;
      await new Promise((resolve) => setTimeout(resolve, 50));
      made.push(userId);
      return true;
    },
    roomOfAlias(alias) {
      made.push(alias);
      return Promise.resolve(alias.startsWith("#dao_gen") ? "!general" : undefined);
    },
    log: silentLog,
  });
  world = await openWorld({ queries: bridge.queries, onPing: (id) => void pings.push(id) });
});
beforeEach(() => {
  made.length = 0;
  pings.length = 0;
});
afterAll(async () => {
  await world.close();
  await bridge.close();
});

const headers = { authorization: `Bearer ${hsToken}` };
const get = (path: string) => world.app.inject({ url: `/_matrix/app/v1/${path}`, headers });
const notFound = [404, { errcode: "M_NOT_FOUND" }];

describe("users and aliases", () => {
  it("43 a wanted user is there before it is answered for", async () => {
    const response = await get("users/@dao_sofia:test");
    expect([response.statusCode, response.json()]).toEqual([200, {}]);
    expect(made).toEqual(["@dao_sofia:test"]);
  });

  it.each([
    "@dao_nobody:test",
    "@alice:test",
    "@dao_sofia:test.evil",
    "@dao_sofia:other",
    "sofia",
    "@",
    "@dao_broken:test",
  ])("43 %s does not exist", async (userId) => {
    const response = await get(`users/${encodeURIComponent(userId)}`);
    expect([response.statusCode, response.json()]).toMatchObject(notFound);
    expect(made).toEqual([]);
  });

  it("43 a question that cannot be answered now is no 200 and no 404", async () => {
    const response = await get("users/@dao_away:test");
    expect([response.statusCode, response.json()]).toMatchObject([503, { errcode: "M_UNKNOWN" }]);
  });

  it("44 an alias exists when a room has it, and no error ever comes with 200", async () => {
    const there = await get("rooms/%23dao_general:test");
    expect([there.statusCode, there.json()]).toEqual([200, {}]);
    for (const alias of [
      "#dao_other:test",
      "#general:test",
      "#dao_general:other",
      "dao_general",
      "!room:test",
    ]) {
      const response = await get(`rooms/${encodeURIComponent(alias)}`);
      expect([response.statusCode, response.json()]).toMatchObject(notFound);
    }
    expect(made).toEqual(["#dao_general:test", "#dao_other:test"]);
  });

  it("45 the same question many times at once makes one user", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => get("users/@dao_solo:test")));
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
    expect(made).toEqual(["@dao_solo:test"]);
  });

  it.each([
    ["%40dao_sofia%3Atest", "@dao_sofia:test"],
    ["@dao_so%2Fa:test", "@dao_so/a:test"],
    ["@dao_so%C3%A9:test", "@dao_soé:test"],
    ["@dao_so%2541:test", "@dao_so%41:test"],
    ["@dao_so=c3=a9:test", "@dao_so=c3=a9:test"],
    ["@dao_so%3Fx%3D1%23:test", "@dao_so?x=1#:test"],
    [`@dao_so${"%C3%A9".repeat(120)}:test`, `@dao_so${"é".repeat(120)}:test`],
  ])("46 %s is decoded once", async (encoded, userId) => {
    expect((await get(`users/${encoded}`)).statusCode).toBe(200);
    expect(made).toEqual([userId]);
  });

  it("46 a slash that is not encoded, and one too many, are other paths", async () => {
    for (const path of ["users/@dao_so/a:test", "users/@dao_sofia:test/"]) {
      const response = await get(path);
      expect([response.statusCode, response.json()]).toMatchObject([404, { errcode: "M_UNRECOGNIZED" }]);
    }
    expect(made).toEqual([]);
  });

  it.runIf(inject("nativeServer") !== null)("47 questions are answered while events wait", async () => {
    const other = new Client({ connectionString: world.url });
    await other.connect();
    await other.query("BEGIN; SELECT 1 FROM matrix.rooms FOR UPDATE");
    const pushed = world.push([text("held up")]);
    expect((await get("users/@dao_sofia:test")).statusCode).toBe(200);
    expect((await get("rooms/%23dao_general:test")).statusCode).toBe(200);
    await other.query("COMMIT");
    expect((await pushed).statusCode).toBe(200);
    await other.end();
  });
});

describe("third-party networks", () => {
  it("48 there is no protocol", async () => {
    const response = await get("thirdparty/protocol/irc");
    expect([response.statusCode, response.json()]).toMatchObject(notFound);
  });

  it("49 there is nobody and nowhere in them", async () => {
    for (const kind of ["user", "location"]) {
      const all = await get(`thirdparty/${kind}?access_token=${hsToken}&userid=@a:test`);
      expect([all.statusCode, all.json()]).toEqual([200, []]);
      const one = await get(`thirdparty/${kind}/irc?nick=x`);
      expect([one.statusCode, one.json()]).toMatchObject(notFound);
    }
  });
});

describe("ping", () => {
  const ping = (payload: string | undefined, authorization = headers.authorization) =>
    world.app.inject({
      method: "POST",
      url: "/_matrix/app/v1/ping",
      headers: { authorization, "content-type": "application/json" },
      ...(payload !== undefined && { payload }),
    });

  it("50 is answered, and its transaction id is passed on", async () => {
    const response = await ping('{"transaction_id":"mautrix-go_1683636478256400935_123"}');
    expect([response.statusCode, response.json()]).toEqual([200, {}]);
    expect(pings).toEqual(["mautrix-go_1683636478256400935_123"]);
  });

  it("50 without a transaction id, or a body, it is answered, too", async () => {
    for (const body of ["{}", '{"transaction_id":7}', "[]", "null", undefined]) {
      expect((await ping(body)).statusCode).toBe(200);
    }
    expect(pings).toEqual([undefined, undefined, undefined, undefined, undefined]);
    const broken = await ping("{");
    expect([broken.statusCode, broken.json()]).toMatchObject([400, { errcode: "M_NOT_JSON" }]);
  });

  it("50 with a wrong token it is 403 and heard by nobody", async () => {
    const response = await ping('{"transaction_id":"x"}', "Bearer wrong");
    expect([response.statusCode, response.json()]).toMatchObject([403, { errcode: "M_FORBIDDEN" }]);
    expect(pings).toEqual([]);
  });
});
