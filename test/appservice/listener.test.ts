import { Agent, request as httpRequest } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase } from "../support/database.ts";
import { Gate } from "../support/gate.ts";
import { text } from "../support/matrix-events.ts";
import { rawExchange } from "../support/raw-http.ts";
import { recordingLog } from "../support/recording-log.ts";
import { hsToken, openWorld, type World } from "../support/world.ts";

const log = recordingLog();
let world: World;
let app: FastifyInstance;
let port: number;

beforeAll(async () => {
  world = await openWorld({ log, pathPrefix: "/bridge" });
  app = world.app;
  await app.listen({ port: 0, host: "127.0.0.1" });
  port = (app.server.address() as AddressInfo).port;
});
afterAll(() => world.close());

const transactions = "/_matrix/app/v1/transactions";
const bearer = `Bearer ${hsToken}`;

function put(url: string, authorization: string | undefined, payload: string = '{"events":[]}') {
  const headers = {
    "content-type": "application/json",
    ...(authorization !== undefined && { authorization }),
  };
  return app.inject({ method: "PUT", url, headers, payload });
}

async function isStored(eventId: string): Promise<boolean> {
  const rows = await world.rows("SELECT 1 FROM messages WHERE matrix_event_id = $1", eventId);
  return rows.length === 1;
}

describe("who may call", () => {
  it.each([
    ["no header", undefined],
    ["an empty header", ""],
    ["the token alone", hsToken],
    ["Basic", `Basic ${Buffer.from(`x:${hsToken}`).toString("base64")}`],
    ["another scheme of six letters", `Foobar ${hsToken}`],
    ["Bearer without a token", "Bearer "],
    ["a token and something after it", `Bearer ${hsToken} x`],
  ])("11 %s is 401 M_MISSING_TOKEN", async (_what, authorization) => {
    const response = await put(`${transactions}/1`, authorization);
    expect(response.statusCode).toBe(401);
    expect(response.headers["content-type"]).toMatch(/^application\/json/);
    expect(response.json()).toMatchObject({ errcode: "M_MISSING_TOKEN" });
  });

  it("11 the body of a stranger is not even read: the answer comes before it", async () => {
    const stranger = [
      `PUT ${transactions}/1 HTTP/1.1`,
      "Host: bridge",
      "Authorization: Bearer wrong",
      "Content-Type: application/json",
      `Content-Length: ${64 * 1024 * 1024}`,
    ].join("\r\n");
    const answer = await rawExchange(port, `${stranger}\r\n\r\n{"events":[`);
    expect(answer).toMatchObject({ status: 403, closed: true });
    expect(JSON.parse(answer.body)).toMatchObject({ errcode: "M_FORBIDDEN" });
    const broken = await put(`${transactions}/1`, "Bearer wrong", "{not json");
    expect(broken.statusCode).toBe(403);
  });

  it.each([
    ["another token", "Bearer wrong"],
    ["the beginning of the token", `Bearer ${hsToken.slice(0, -1)}`],
    ["the token and more", `${bearer}x`],
    ["the token in capitals", `Bearer ${hsToken.toUpperCase()}`],
  ])("12 %s is 403 M_FORBIDDEN", async (_what, authorization) => {
    const response = await put(`${transactions}/1`, authorization);
    expect([response.statusCode, response.json()]).toMatchObject([403, { errcode: "M_FORBIDDEN" }]);
  });

  it("13 a token in the query that contradicts the header is 403, one that agrees does no harm", async () => {
    expect((await put(`${transactions}/1?access_token=other`, bearer)).statusCode).toBe(403);
    expect((await put(`${transactions}/1?access_token=${hsToken}`, "Bearer wrong")).statusCode).toBe(403);
    const twice = `access_token=${hsToken}&access_token=${hsToken}`;
    expect((await put(`${transactions}/1?${twice}`, bearer)).statusCode).toBe(403);
    expect((await put(`${transactions}/1?access_token=${hsToken}`, bearer)).statusCode).toBe(200);
  });

  it("13 a token in the query alone is no credential", async () => {
    expect((await put(`${transactions}/1?access_token=${hsToken}`, undefined)).statusCode).toBe(401);
  });
});

describe("what may be called", () => {
  it.each([
    ["GET", "/_matrix/app/v1/nothing"],
    ["PUT", "/_matrix/app/v1/transactions"],
    ["PUT", "/_matrix/app/v1/transactions/1/2"],
    ["PUT", "/_matrix/app/v2/transactions/1"],
    ["PUT", "/transactions/1"],
    ["POST", "/_matrix/app/unstable/org.matrix.msc3983/keys/claim"],
    ["POST", "/_matrix/app/unstable/org.matrix.msc3984/keys/query"],
    ["GET", "/_matrix/client/versions"],
    ["GET", "/_matrix"],
  ] as const)("14 an unknown path, %s %s, is 404 JSON", async (method, url) => {
    const response = await app.inject({ method, url, headers: { authorization: bearer } });
    expect(response.statusCode).toBe(404);
    expect(response.headers["content-type"]).toMatch(/^application\/json/);
    if (url.startsWith("/_matrix")) expect(response.json()).toMatchObject({ errcode: "M_UNRECOGNIZED" });
  });

  it.each([
    ["POST", `${transactions}/1`],
    ["GET", `${transactions}/1`],
    ["DELETE", `${transactions}/1`],
    ["OPTIONS", `${transactions}/1`],
    ["PUT", "/_matrix/app/v1/ping"],
    ["GET", "/_matrix/app/v1/ping"],
    ["POST", "/_matrix/app/v1/users/@dao_sofia:test"],
    ["PUT", "/_matrix/app/v1/rooms/%23dao_x:test"],
    ["POST", "/_matrix/app/v1/thirdparty/user"],
  ] as const)("14 a known path with a wrong method, %s %s, is 405 M_UNRECOGNIZED", async (method, url) => {
    const response = await app.inject({ method, url, headers: { authorization: bearer } });
    expect([response.statusCode, response.json()]).toMatchObject([405, { errcode: "M_UNRECOGNIZED" }]);
  });

  it("14 a path that cannot be decoded is a Matrix error", async () => {
    const response = await app.inject({
      url: "/_matrix/app/v1/users/%zz",
      headers: { authorization: bearer },
    });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ errcode: expect.stringMatching(/^M_/) as string });
  });

  it("15 success is 200 with a JSON object", async () => {
    for (const events of [[], [text("hello")], [null]]) {
      const response = await world.push(events);
      expect([response.statusCode, response.body]).toEqual([200, "{}"]);
      expect(response.headers["content-type"]).toMatch(/^application\/json/);
    }
  });

  it("16 the registration's path prefix may be there or may have been taken off, and nothing is ever redirected", async () => {
    for (const path of [`/bridge${transactions}/1`, `${transactions}/1`]) {
      const event = text("hello");
      const response = await put(path, bearer, JSON.stringify({ events: [event] }));
      expect(response.statusCode).toBe(200);
      expect(await isStored(event.event_id)).toBe(true);
    }
    for (const path of [
      `/bridge${transactions}/1/`,
      `/bridge/${transactions}/1`,
      `/BRIDGE${transactions}/1`,
      "/bridge",
    ]) {
      const { statusCode, headers } = await put(path, bearer);
      expect(statusCode).toBe(404);
      expect(headers["location"]).toBeUndefined();
    }
  });
});

describe("bodies", () => {
  it("17 a transaction of 64 MiB is taken over a socket", async () => {
    const event = text("at the end");
    const frame = JSON.stringify({ padding: "", events: [event] });
    const body = JSON.stringify({ padding: "x".repeat(64 * 1024 * 1024 - frame.length), events: [event] });
    const response = await fetch(`http://127.0.0.1:${port}${transactions}/big`, {
      method: "PUT",
      headers: { authorization: bearer, "content-type": "application/json" },
      body,
    });
    expect([response.status, await response.text()]).toEqual([200, "{}"]);
    expect(await isStored(event.event_id)).toBe(true);
  });

  it.each([
    "application/json",
    "application/json; charset=utf-8",
    "text/plain",
    "application/",
    "",
    undefined,
  ])("17 the content type %o makes no difference: the bytes are the body", async (type) => {
    const event = text("typed");
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { authorization: bearer, ...(type !== undefined && { "content-type": type }) };
      const sent = httpRequest({ port, path: `${transactions}/1`, method: "PUT", headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on("error", reject);
      sent.end(JSON.stringify({ events: [event] }));
    });
    expect(answer).toBe(200);
    expect(await isStored(event.event_id)).toBe(true);
  });

  it.each([
    ["nothing", "", "M_NOT_JSON"],
    ["half of it", '{"events":[', "M_NOT_JSON"],
    ["text", "OK", "M_NOT_JSON"],
    ["null", "null", "M_BAD_JSON"],
    ["an array", "[]", "M_BAD_JSON"],
    ["no events", "{}", "M_BAD_JSON"],
    ["events null", '{"events":null}', "M_BAD_JSON"],
    ["events an object", '{"events":{"0":{}}}', "M_BAD_JSON"],
  ])("18 %s is 400, and an operator is told", async (_what, body, errcode) => {
    const before = log.lines.length;
    const response = await put(`${transactions}/1`, bearer, body);
    expect([response.statusCode, response.json()]).toMatchObject([400, { errcode }]);
    const told = log.lines.slice(before).filter(({ level }) => level === "error");
    expect(told).toMatchObject([{ fields: { errcode, txnId: "1", bytes: body.length } }]);
  });

  it("19 a hundred events of 64 KiB are stored long before the homeserver gives up", async () => {
    const events = Array.from({ length: 100 }, () => text("x".repeat(65_000)));
    const began = performance.now();
    expect((await world.push(events)).statusCode).toBe(200);
    // It gives up after a minute.
    expect(performance.now() - began).toBeLessThan(30_000);
  });
});

describe("connections", () => {
  it("20 idle connections are kept longer than Synapse keeps them", async () => {
    expect(app.server.keepAliveTimeout).toBeGreaterThan(120_000);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let turn = 0; turn < 3; turn += 1) {
      const keepAlive = await new Promise<string | undefined>((resolve, reject) => {
        const headers = { authorization: bearer, "content-type": "application/json" };
        const options = { port, path: `${transactions}/1`, method: "PUT", headers, agent };
        const sent = httpRequest(options, (response) => {
          ports.add(sent.socket?.localPort);
          response.resume();
          response.on("end", () => setTimeout(resolve, 10, response.headers["keep-alive"]));
        });
        sent.on("error", reject);
        sent.end('{"events":[]}');
      });
      expect(keepAlive).toBe("timeout=130");
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });

  it("a sender that goes away in the middle of a body leaves nothing behind and harms nobody", async () => {
    const event = text("half");
    const body = JSON.stringify({ events: [event] });
    const head = `PUT ${transactions}/1 HTTP/1.1\r\nHost: b\r\nAuthorization: ${bearer}\r\nContent-Length: ${body.length}\r\n\r\n`;
    const socket = connect(port, "127.0.0.1");
    socket.write(head + body.slice(0, -5));
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.destroy();
    expect((await world.push([text("next")])).statusCode).toBe(200);
    expect(await isStored(event.event_id)).toBe(false);
  });

  it("a sender that goes away before the answer has its events stored, and they are no news the second time", async () => {
    const event = text("unheard");
    const body = JSON.stringify({ events: [event] });
    const head = `PUT ${transactions}/1 HTTP/1.1\r\nHost: b\r\nAuthorization: ${bearer}\r\nContent-Length: ${body.length}\r\n\r\n`;
    const socket = connect(port, "127.0.0.1");
    await new Promise<void>((resolve) => socket.write(head + body, () => resolve()));
    socket.destroy();
    await expect.poll(() => isStored(event.event_id)).toBe(true);
    expect((await world.push([event])).statusCode).toBe(200);
    expect(await isStored(event.event_id)).toBe(true);
  });
});

describe("a database that is away", () => {
  it("21 one that refuses connections is an immediate 503, and everything arrives once it is back", async () => {
    const { gate, away } = await worldBehindGate();
    const event = text("through the outage");
    expect((await away.push([text("before")])).statusCode).toBe(200);
    gate.shut();
    // The machine may stand still once, but not each time.
    const times: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const refused = await timed(() => away.push([event]));
      expect(refused).toMatchObject({ status: 503, errcode: "M_UNKNOWN" });
      times.push(refused.ms);
    }
    expect(Math.min(...times)).toBeLessThan(2_000);
    await gate.open();
    await expect.poll(async () => (await away.push([event])).statusCode).toBe(200);
    const rows = await away.rows("SELECT 1 FROM messages WHERE matrix_event_id = $1", event.event_id);
    expect(rows).toHaveLength(1);
    await away.close();
    await gate.dispose();
  });

  it("21 one that takes connections and says nothing is a 503 within seconds", async () => {
    const { gate, away } = await worldBehindGate();
    const event = text("into the silence");
    expect((await away.push([text("before")])).statusCode).toBe(200);
    gate.freeze();
    const refused = await timed(() => away.push([event]));
    expect(refused).toMatchObject({ status: 503, errcode: "M_UNKNOWN" });
    // Before the homeserver gives up.
    expect(refused.ms).toBeLessThan(50_000);
    gate.shut();
    await gate.open();
    await expect.poll(async () => (await away.push([event])).statusCode).toBe(200);
    await away.close();
    await gate.dispose();
  });

  it("21 one that is cut off in the middle of a transaction is a 503, and the repetition has every effect once", async () => {
    const { gate, away } = await worldBehindGate();
    const events = Array.from({ length: 50 }, (_, index) => text(`number ${index}`));
    const first = away.push(events);
    await new Promise((resolve) => setTimeout(resolve, 8));
    gate.shut();
    expect([200, 503]).toContain((await first).statusCode);
    await gate.open();
    await expect.poll(async () => (await away.push(events)).statusCode).toBe(200);
    const [counts] = await away.rows(
      `SELECT (SELECT count(*)::int FROM messages WHERE content_preview LIKE 'number %') AS messages,
              (SELECT count(*)::int FROM outbox_events WHERE topic = 'chat.message.created') AS told,
              (SELECT count(*)::int FROM matrix.inbox) AS dead`,
    );
    expect(counts).toEqual({ messages: 50, told: 50, dead: 0 });
    await away.close();
    await gate.dispose();
  });
});

async function timed(work: () => ReturnType<World["push"]>) {
  const began = performance.now();
  const response = await work();
  const { errcode } = response.json<{ errcode?: string }>();
  return { status: response.statusCode, errcode, ms: performance.now() - began };
}

/** A world whose database is reached through a port that the test can shut, open and freeze. */
async function worldBehindGate(): Promise<{ gate: Gate; away: World }> {
  const behind = await createTestDatabase();
  const { url } = behind;
  const gate = new Gate(Number(new URL(url).port), () => behind.drop());
  const through = new URL(url);
  through.port = String(await gate.open());
  return { gate, away: await openWorld({ databaseUrl: through.toString() }) };
}
