import Fastify from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMetrics, registerApi } from "../../src/http/index.ts";
import type { Log } from "../../src/kernel/log.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { noMedia } from "../support/no-media.ts";
import { ApiWorld } from "./api-world.ts";

let world: ApiWorld;
const lines: Record<string, unknown>[] = [];
const log: Log = { ...silentLog, info: (fields) => void lines.push({ ...fields }) };
const metrics = createMetrics();
let homeserver: string | undefined;

beforeAll(async () => {
  world = await ApiWorld.open({
    log,
    metrics,
    probes: [
      { name: "migrations", check: () => Promise.resolve(undefined) },
      { name: "homeserver", check: () => Promise.resolve(homeserver) },
    ],
  });
});

afterAll(() => world.close());

describe("health and readiness", () => {
  it("152: health asks for nothing", async () => {
    const { result, statements } = await world.counting(() => world.get(undefined, "/health"));
    expect(result.json()).toEqual({ status: "ok" });
    expect(statements).toEqual([]);
  });

  it("152: ready names its parts", async () => {
    const response = await world.get(undefined, "/ready");
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      ready: true,
      parts: ["database", "delivery", "migrations", "homeserver"].map((name) => ({ name, ready: true })),
    });
  });

  it("503 names what fails and why", async () => {
    homeserver = "it does not answer";
    const response = await world.get(undefined, "/ready");
    homeserver = undefined;
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({
      ready: false,
      parts: expect.arrayContaining([
        { name: "database", ready: true },
        { name: "homeserver", ready: false, detail: "it does not answer" },
      ]) as unknown,
    });
  });

  it("messages that nobody takes make it not ready", async () => {
    const { id } = await world.microdao("One", "alice");
    const agent = await world.agent("sofia", id);
    const channel = await world.channel(id, "public");
    await world.sql(
      `INSERT INTO matrix.sends (id, txn_id, channel_id, room_id, sender_matrix_id, agent_id, event_type, content, created_at)
       VALUES (gen_random_uuid(), 't', $1::uuid, '!r:test', '@a:test', $2::uuid, 'm.room.message', '{}', now() - interval '1 hour')`,
      [channel.id, agent.id],
    );
    const response = await world.get(undefined, "/ready");
    const metricsText = (await world.get(undefined, "/metrics")).body;
    await world.sql("DELETE FROM matrix.sends");
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({
      parts: expect.arrayContaining([
        { name: "delivery", ready: false, detail: "the oldest message has waited 3600 s to be delivered" },
      ]) as unknown,
    });
    expect(metricsText).toContain('microdao_sends{state="queued"} 1');
    expect(metricsText).toMatch(/^microdao_undelivered_oldest_seconds 36\d\d/m);
  });
});

describe("metrics", () => {
  it("42: shows what was counted, measured and what the database says", async () => {
    metrics.counters.count("events", 3, { type: "m.room.message", unknown: "dropped" });
    metrics.counters.observe("transaction", 0.02);
    await world.get(undefined, "/health");
    const { result, statements } = await world.counting(() => world.get(undefined, "/metrics"));
    expect(result.headers["content-type"]).toContain("text/plain");
    expect(statements).toHaveLength(1);
    for (const line of [
      'microdao_events_total{type="m.room.message"} 3',
      "microdao_transaction_seconds_count 1",
      "microdao_database_up 1",
      'microdao_parked_relations{kind="reaction"} 0',
      "microdao_dead_letters 0",
      'microdao_sends{state="failed"} 0',
      "microdao_undelivered_oldest_seconds 0",
      'microdao_rooms{status="joined"} 1',
      'microdao_http_request_seconds_count{method="GET",route="/health",status="200"}',
      "process_resident_memory_bytes",
    ]) {
      expect(result.body).toContain(line);
    }
    expect(result.body).toMatch(/microdao_database_connections\{state="total"\} \d/);
  });
});

describe("the access log", () => {
  it("151: says who, what and how long, and never what was sent", async () => {
    lines.length = 0;
    const key = await world.key({ subject: { kind: "integration", id: "logged" } });
    await world.request(key, {
      method: "GET",
      url: "/v1/channels?cursor=secret-cursor",
      headers: { "x-request-id": "request-1" },
    });
    expect(lines).toEqual([
      {
        requestId: "request-1",
        method: "GET",
        route: "/v1/channels",
        status: 422,
        ms: expect.any(Number) as unknown,
        keyId: key.slice(0, 29),
      },
    ]);
    expect(JSON.stringify(lines)).not.toContain(key.slice(-43));
  });

  it("a request id that could harm a log is replaced", async () => {
    for (const id of ["short", "a b c d e f g h", "x".repeat(65)]) {
      const response = await world.request(undefined, {
        method: "GET",
        url: "/health",
        headers: { "x-request-id": id },
      });
      expect(response.headers["x-request-id"]).toMatch(/^[A-Za-z0-9_-]{16}$/);
    }
  });
});

describe("the description", () => {
  it("lists every route with its answers", async () => {
    const document = (await world.get(undefined, "/openapi.json")).json<{
      openapi: string;
      paths: Record<string, Record<string, { responses: object; security?: object[] }>>;
    }>();
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        "/health",
        "/ready",
        "/v1/channels",
        "/v1/channels/{channelId}",
        "/v1/channels/{channelId}/members",
        "/v1/channels/{channelId}/messages",
        "/v1/media/{messageId}",
        "/v1/messages/{messageId}",
        "/v1/stream",
      ]),
    );
    const post = document.paths["/v1/channels/{channelId}/messages"]?.["post"];
    expect(Object.keys(post?.responses ?? {})).toEqual([
      "202",
      "401",
      "403",
      "404",
      "409",
      "413",
      "422",
      "429",
      "503",
    ]);
  });

  it("the reference needs nothing from elsewhere", async () => {
    const response = await world.get(undefined, "/docs/");
    expect(response.statusCode).toBe(200);
    const links = [...response.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? "");
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) expect(link).toMatch(/^\.?\//);
    const script = links.find((link) => link.endsWith("swagger-ui-bundle.js")) ?? "";
    expect((await world.get(undefined, new URL(script, "http://x/docs/").pathname)).statusCode).toBe(200);
  });
});

describe("beside others on one server", () => {
  it("the API's errors are its own, and others keep theirs", async () => {
    const app = Fastify();
    app.register(
      (scope, _options, done) => {
        scope.setErrorHandler((_error, _request, reply) => reply.code(418).send({ errcode: "M_TEAPOT" }));
        scope.setNotFoundHandler((_request, reply) => reply.code(404).send({ errcode: "M_UNRECOGNIZED" }));
        scope.put("/boom", () => Promise.reject(new Error("boom")));
        done();
      },
      { prefix: "/_matrix/app" },
    );
    registerApi(app, {
      database: world.database,
      secretsKey: new Uint8Array(32),
      log: silentLog,
      metrics: createMetrics(),
      probes: [],
      media: noMedia,
      wakeEgress: () => undefined,
    });
    expect((await app.inject({ method: "PUT", url: "/_matrix/app/boom" })).json()).toEqual({
      errcode: "M_TEAPOT",
    });
    expect((await app.inject("/_matrix/app/none")).json()).toEqual({ errcode: "M_UNRECOGNIZED" });
    expect((await app.inject("/none")).json()).toMatchObject({ code: "route_not_found" });
    await app.close();
  });
});

describe("a database that is away", () => {
  it("is 503 with Retry-After, and says which part is not ready", async () => {
    const away = await ApiWorld.open();
    const key = await away.key({ subject: { kind: "integration", id: "x" } });
    expect((await away.get(key, "/v1/channels")).statusCode).toBe(200);
    await away.stopDatabase();
    try {
      const response = await away.get(key, "/v1/channels");
      expect(response.statusCode, response.body).toBe(503);
      expect(response.json()).toMatchObject({ code: "database_unavailable" });
      expect(response.headers["retry-after"]).toBe("5");
      const ready = await away.get(undefined, "/ready");
      expect(ready.statusCode).toBe(503);
      expect(ready.json()).toMatchObject({
        parts: expect.arrayContaining([
          { name: "database", ready: false, detail: expect.any(String) as unknown },
        ]) as unknown,
      });
      expect((await away.get(undefined, "/health")).statusCode).toBe(200);
      expect((await away.get(undefined, "/metrics")).body).toContain("microdao_database_up 0");
    } finally {
      await away.close();
    }
  });
});
