import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AppServiceRegistration, Bridge, MatrixUser } from "matrix-appservice-bridge";
import { register } from "prom-client";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { silentLog } from "../../src/kernel/log.ts";
import { type RunningBridge, runBridge } from "../../src/matrix/bridge.ts";
import { generateRegistration } from "../../src/matrix/registration/index.ts";
import { text } from "../support/matrix-events.ts";
import { rawExchange } from "../support/raw-http.ts";
import { recordingLog } from "../support/recording-log.ts";
import { hsToken, openWorld, type World } from "../support/world.ts";

/**
 * The known faults of matrix-appservice 3.0.0, matrix-appservice-bridge 11.2.0 and @vector-im/matrix-bot-sdk
 * 0.8.0-element.2, numbered L1 to L63. Those that could reach the bridge through its listener are tried on it; the others are
 * kept out by what is imported, which options are given and what is called.
 */
const root = join(import.meta.dirname, "../..");
const sources = globSync("src/**/*.ts", { cwd: root })
  .filter((path) => !path.endsWith(".test.ts") && !path.includes("/generated/"))
  .map((path) => ({ path, code: readFileSync(join(root, path), "utf8") }));

/** What the sources import from a package: `type X` for types. */
function importsFrom(name: string): string[] {
  const pattern = new RegExp(String.raw`import\s+(type\s+)?\{([^}]*)\}\s+from\s+"${name}(?:/[^"]*)?"`, "g");
  return sources.flatMap(({ code }) =>
    [...code.matchAll(pattern)].flatMap(([, type, names = ""]) =>
      names
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== "")
        .map((part) => (type === undefined ? part : `type ${part}`)),
    ),
  );
}

/** The sources in which this occurs, comments left out. */
function uses(pattern: RegExp): string[] {
  return sources
    .filter(({ code }) => pattern.test(code.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")))
    .map(({ path }) => path);
}

const registration = {
  id: "microdao",
  url: "http://127.0.0.1:9009",
  asToken: "as",
  hsToken,
  senderLocalpart: "microdao_appservice",
  rateLimited: false,
  namespaces: { users: [{ exclusive: true, regex: "^@dao_[^:]+:test$" }], aliases: [], rooms: [] },
};

const log = recordingLog();
let world: World;
let bridge: RunningBridge;
/** The library's own object, as it was made and run. */
let library: Bridge;
const unhandled: unknown[] = [];
const noteUnhandled = (reason: unknown) => unhandled.push(reason);

beforeAll(async () => {
  process.on("unhandledRejection", noteUnhandled);
  const run = vi.spyOn(Bridge.prototype, "run");
  bridge = await runBridge({
    homeserverUrl: "http://127.0.0.1:1",
    serverName: "test",
    registration,
    isUserWanted: () => Promise.reject(new TypeError("not found")),
    roomOfAlias: () => Promise.reject(new TypeError("not found")),
    log: silentLog,
  });
  library = run.mock.contexts[0] as Bridge;
  run.mockRestore();
  world = await openWorld({ log, queries: bridge.queries });
});
afterAll(async () => {
  await world.close();
  await bridge.close();
  process.off("unhandledRejection", noteUnhandled);
});

const headers = { authorization: `Bearer ${hsToken}`, "content-type": "application/json" };
const put = (payload: string, over: Record<string, string> = {}, url = "/_matrix/app/v1/transactions/1") =>
  world.app.inject({ method: "PUT", url, headers: { ...headers, ...over }, payload });
const isStored = async (id: string) =>
  (await world.rows("SELECT 1 FROM messages WHERE matrix_event_id = $1", id)).length === 1;

describe("matrix-appservice", () => {
  it("is never imported: its server, its parser and its logger do not run", () => {
    expect(importsFrom("matrix-appservice")).toEqual([]);
    expect([...importsFrom("express"), ...importsFrom("body-parser"), ...importsFrom("morgan")]).toEqual([]);
    expect(importsFrom("matrix-appservice-bridge")).toContain("type AppService");
    expect(importsFrom("matrix-appservice-bridge")).not.toContain("AppService");
  });

  it("L1 tokens: other schemes, the query, none at all and an unset one are refused; compared in constant time", async () => {
    const url = `/_matrix/app/v1/transactions/1?access_token=${hsToken}`;
    for (const authorization of ["", `Foobar ${hsToken}`, "undefined", "Bearer undefined"]) {
      const answers = [
        await put('{"events":[]}', { authorization }),
        await put('{"events":[]}', { authorization }, url),
      ];
      expect(answers.every(({ statusCode }) => statusCode === 401 || statusCode === 403)).toBe(true);
    }
    expect(uses(/timingSafeEqual/)).toContain("src/matrix/ingest/token-check.ts");
    const compared = uses(/hsToken\s*[!=]==?|[!=]==?\s*(?:deps\.)?hsToken/);
    expect(compared.filter((path) => !path.startsWith("src/matrix/registration/"))).toEqual([]);
  });

  it("L2 L3 the answer comes after the rows, and no memory of transaction ids decides what is new", async () => {
    const [first, second] = [text("10"), text("11")];
    for (const [event, txn] of [
      [first, "10"],
      [second, "11"],
      [first, "10"],
    ] as const) {
      expect((await world.push([event], txn)).statusCode).toBe(200);
      expect(await isStored(event.event_id)).toBe(true);
    }
    const rows = await world.rows("SELECT 1 FROM messages WHERE content_preview IN ('10', '11')");
    expect(rows).toHaveLength(2);
  });

  it("L4 L5 events that nobody can handle neither fail the transaction nor the process", async () => {
    const event = text("good");
    expect((await world.push([null, event, 5])).statusCode).toBe(200);
    expect(await isStored(event.event_id)).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  });

  it("L6 a transaction of more than 5 MB is taken", async () => {
    const events = Array.from({ length: 92 }, () => text("x".repeat(60_000)));
    expect(JSON.stringify({ events }).length).toBeGreaterThan(5_000_000);
    expect((await world.push(events)).statusCode).toBe(200);
  });

  it("L7 nothing is parsed before the token is checked, and no error shows where in the code it happened", async () => {
    const answers = [
      await put("{broken", { authorization: "Bearer wrong" }),
      await put("{broken"),
      await put("[]"),
      await world.app.inject("/_matrix/app/v1/users/%zz"),
      await world.app.inject("/nowhere"),
    ];
    for (const { headers: sent, body } of answers) {
      expect(sent["content-type"]).toMatch(/^application\/json/);
      expect(body).not.toMatch(/\bat .*:\d+|node_modules|<html|<pre/i);
    }
    expect(answers[0]?.statusCode).toBe(403);
  });

  it("L8 the stable name of ephemeral data is read, and of two names one", async () => {
    const counted: Record<string, number> = {};
    const counting = await openWorld({
      databaseUrl: world.url,
      counters: {
        count: (name, by = 1) => void (counted[name] = (counted[name] ?? 0) + by),
        observe: () => undefined,
      },
    });
    const push = (body: object) =>
      counting.app.inject({
        method: "PUT",
        url: "/_matrix/app/v1/transactions/1",
        headers,
        payload: JSON.stringify(body),
      });
    const typing = { type: "m.typing", room_id: "!r", content: { user_ids: [] } };
    const legacy = { "de.sorunome.msc2409.ephemeral": [typing] };
    await push({ events: [], ephemeral: [typing] });
    await push({ events: [], ...legacy });
    await push({ events: [], ephemeral: [typing], ...legacy, "de.sorunome.msc2409.to_device": [typing] });
    await counting.close();
    expect(counted).toMatchObject({ transactions: 3, ephemeral_events: 3 });
  });

  it("L9 the homeserver's ping is answered", async () => {
    const response = await world.app.inject({
      method: "POST",
      url: "/_matrix/app/v1/ping",
      headers,
      payload: "{}",
    });
    expect([response.statusCode, response.json()]).toEqual([200, {}]);
  });

  it("L10 unknown paths and methods are M_UNRECOGNIZED in JSON", async () => {
    const answers = [
      await world.app.inject({ url: "/_matrix/app/v1/nothing", headers }),
      await world.app.inject({ method: "DELETE", url: "/_matrix/app/v1/transactions/1", headers }),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([404, 405]);
    for (const answer of answers) expect(answer.json()).toMatchObject({ errcode: "M_UNRECOGNIZED" });
  });

  it("L11 L36 a question that fails is answered with no, never with 200", async () => {
    for (const path of ["users/@dao_x:test", "rooms/%23x:test", "users/@alice:test"]) {
      const response = await world.app.inject({ url: `/_matrix/app/v1/${path}`, headers });
      expect([response.statusCode, Object.keys(response.json<object>())]).toEqual([
        404,
        ["errcode", "error"],
      ]);
    }
  });

  it("L12 a transaction without a JSON content type is a transaction, not an empty one", async () => {
    const event = text("text/plain");
    const response = await put(JSON.stringify({ events: [event] }), { "content-type": "text/plain" });
    expect(response.statusCode).toBe(200);
    expect(await isStored(event.event_id)).toBe(true);
  });

  it("L13 L31 L40 the server is ours: its timeouts are set, it listens where it is told, and it closes in time", async () => {
    const own = await openWorld({ databaseUrl: world.url });
    const { keepAliveTimeout, requestTimeout, headersTimeout } = own.app.server;
    expect([keepAliveTimeout > 120_000, requestTimeout > 0, headersTimeout > 0]).toEqual([true, true, true]);
    const url = new URL(await own.app.listen({ port: 0, host: "127.0.0.1" }));
    expect(url.hostname).toBe("127.0.0.1");
    // A sender that never finishes its body.
    const unfinished = rawExchange(
      Number(url.port),
      `PUT /_matrix/app/v1/transactions/1 HTTP/1.1\r\nHost: b\r\nAuthorization: ${headers.authorization}\r\nContent-Length: 99\r\n\r\n{`,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    const began = performance.now();
    await own.close();
    // Who stops it waits no longer than a short while; an unfinished request may take minutes.
    expect(performance.now() - began).toBeLessThan(30_000);
    expect(await unfinished).toMatchObject({ closed: true });
  });

  it("L14 L16 no token is ever sent back or logged", async () => {
    const before = log.lines.length;
    for (const url of ["/transactions/1", "/users/@a:b", "/_matrix/app/v1/transactions/1"]) {
      const response = await put("{", {}, `${url}?access_token=${hsToken}`);
      expect([301, 302, 307, 308]).not.toContain(response.statusCode);
      expect(JSON.stringify([response.headers, response.body])).not.toContain(hsToken);
    }
    expect(JSON.stringify(log.lines.slice(before))).not.toContain(hsToken);
    expect(log.lines.length).toBeGreaterThan(before);
  });

  it("L15 the registration is written by ourselves, with the keys that the library would drop", () => {
    expect(uses(/\.getOutput\(|getOutput\(\)/)).toEqual([]);
    const { text: written } = generateRegistration({
      names: {
        appserviceId: "microdao",
        bridgeUrl: "http://127.0.0.1:9009",
        senderLocalpart: "microdao_appservice",
        botLocalpart: "microdao",
        agentPrefix: "dao_",
        serverName: "test",
      },
      newToken: () => "x".repeat(43),
      existing: "org.matrix.msc3202: true\nio.element.msc4190: true\n",
    });
    for (const key of [
      "receive_ephemeral: true",
      "org.matrix.msc3202: true",
      "io.element.msc4190: true",
      "namespaces:",
    ]) {
      expect(written).toContain(key);
    }
  });
});

describe("matrix-appservice-bridge", () => {
  it("is used for nothing but its registration, its bridge object, its logger and its user ids", () => {
    const names = [...new Set(importsFrom("matrix-appservice-bridge"))].toSorted();
    expect(names).toEqual(["AppServiceRegistration", "Bridge", "Logger", "MatrixUser", "type AppService"]);
    expect(uses(/from "matrix-appservice-bridge"/)).toEqual(["src/matrix/bridge.ts"]);
  });

  it.each([
    [
      "L20 L26 L27 L34 L42",
      "intents: nothing is sent, joined, registered or created through one",
      /\bgetIntent|\bIntent\b|\bgetBot\(/,
    ],
    ["L21", "the media proxy", /MediaProxy/],
    ["L25", "queues of its own", /EventQueue/],
    ["L28", "its caches", /MembershipCache|ActivityTracker|RoomLinkValidator|StateLookup|powerlevelMap/],
    ["L29", "room upgrades", /RoomUpgradeHandler|roomUpgradeOpts/],
    [
      "L32",
      "third-party lookups and provisioning",
      /customiseAppserviceThirdPartyLookup|requestCheckToken|addAppServicePath/,
    ],
    ["L33", "the membership queue", /MembershipQueue/],
    ["L35", "encryption", /bridgeEncryption|EncryptedIntent|EncryptedEventBroker/],
    ["L36", "provisioning of users", /provisionUser/],
    ["L37", "errors that are sent into rooms", /unstableSignalBridgeError|handleEventError/],
    ["L39", "its metrics", /getPrometheusMetrics|PrometheusMetrics/],
  ])("%s %s: not used", (_number, _what, pattern) => {
    expect(uses(pattern)).toEqual([]);
  });

  it("L22 L23 L24 L26 L27 L38 L41 is run with its event path, its stores and its helpfulness off", () => {
    const options = library.opts as unknown as Record<string, unknown>;
    expect(options).toMatchObject({
      suppressEcho: false,
      disableStores: true,
      disableContext: true,
      logRequestOutcome: false,
      escapeUserIds: false,
      queue: { type: "none" },
    });
    expect(Object.hasOwn(options, "eventValidation")).toBe(true);
    expect(options["eventValidation"]).toBeUndefined();
    const { bot, clients } = options["intentOptions"] as Record<string, object>;
    for (const passive of [bot, clients]) {
      expect(passive).toMatchObject({ dontCheckPowerLevel: true, dontJoin: true, enablePresence: false });
    }
    expect(MatrixUser.ESCAPE_DEFAULT).toBe(false);
  });

  it("L24 is given no events", () => {
    expect(uses(/\.emit\(\s*"(?:event|ephemeral)"/)).toEqual([]);
  });

  it("L30 ends when it is closed", async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    const another = await runBridge({
      homeserverUrl: "http://127.0.0.1:1",
      serverName: "test",
      registration,
      isUserWanted: () => Promise.resolve(false),
      roomOfAlias: () => Promise.resolve(undefined),
      log: silentLog,
    });
    await another.close();
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it("L39 leaves the global metrics alone, so that there may be two of it", async () => {
    expect(await register.getMetricsAsJSON()).toEqual([]);
  });
});

describe("matrix-bot-sdk", () => {
  it("L50 L52 L53 L54 L55 L56 L57 L58 L59 L60 L61 L63 is never imported", () => {
    expect(importsFrom("@vector-im/matrix-bot-sdk")).toEqual([]);
    expect(uses(/matrix-bot-sdk"/)).toEqual([]);
    expect(uses(/\.isNamespacedUser\(|impersonateUserId|\.matrixClient\b/)).toEqual([]);
  });

  it("L51 its native module is WebAssembly, which nothing downloads", () => {
    const manifest = join(root, "node_modules/@matrix-org/matrix-sdk-crypto-nodejs/package.json");
    const { name } = JSON.parse(readFileSync(manifest, "utf8")) as { name: string };
    expect(name).toBe("@matrix-org/matrix-sdk-crypto-wasm");
    expect(uses(/cryptoStorage/)).toEqual([]);
  });

  it("L62 what the libraries log goes where our logs go", () => {
    expect(uses(/Logger\.root\.configureLogging/)).toEqual(["src/matrix/bridge.ts"]);
  });

  it("what is used of the registration class is what was asked for: exact matches of exclusive users", () => {
    const own = AppServiceRegistration.fromObject({
      id: "x",
      url: "http://127.0.0.1:1",
      as_token: "a",
      hs_token: "h",
      sender_localpart: "s",
      namespaces: registration.namespaces,
    });
    expect(own.isUserMatch("@dao_sofia:test", true)).toBe(true);
    expect(
      ["@dao_sofia:test.evil", "x@dao_sofia:test", "@alice:test"].some((id) => own.isUserMatch(id, true)),
    ).toBe(false);
  });
});
