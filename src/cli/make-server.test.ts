import { once } from "node:events";
import { Agent, get, request } from "node:http";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { FastifyInstance } from "fastify";
import { afterEach, describe, expect, it } from "vitest";
import { silentLog } from "../kernel/log.ts";
import { makeServer } from "./make-server.ts";

let app: FastifyInstance;
/** Settles when the slow route has been asked. */
let begun: PromiseWithResolvers<undefined>;
afterEach(() => app.close());

function serverAt(pathPrefix: string): FastifyInstance {
  app = makeServer({ log: silentLog, pathPrefix });
  begun = Promise.withResolvers();
  app.get("/_matrix/app/v1/echo/:id", (request) => request.params);
  app.get("/v1/echo/:id", (request) => request.params);
  app.get("/slow", () => {
    begun.resolve(undefined);
    return new Promise((resolve) => setTimeout(resolve, 300, { slow: true }));
  });
  return app;
}

describe("the path prefix of the registration", () => {
  it.each([
    ["", "/_matrix/app/v1/echo/1", 200],
    ["", "/bridge/_matrix/app/v1/echo/1", 404],
    ["/bridge", "/_matrix/app/v1/echo/1", 200],
    ["/bridge", "/bridge/_matrix/app/v1/echo/1", 200],
    ["/bridge", "/bridge/v1/echo/1?x=/bridge/", 200],
    ["/bridge", "/bridge/bridge/_matrix/app/v1/echo/1", 404],
    ["/bridge", "/bridges/_matrix/app/v1/echo/1", 404],
    ["/bridge", "/bridge", 404],
    ["/a/b", "/a/b/_matrix/app/v1/echo/1", 200],
    ["/_matrix", "/_matrix/app/v1/echo/1", 200],
    ["/_matrix", "/_matrix/_matrix/app/v1/echo/1", 200],
  ])("with %o, %s is answered %i", async (prefix, url, status) => {
    expect((await serverAt(prefix).inject(url)).statusCode).toBe(status);
  });
});

describe("ids in paths", () => {
  it("may have 255 bytes, each of them percent-encoded, and are decoded once", async () => {
    const id = `@${"é".repeat(120)}/%41:x`;
    const encoded = Array.from(Buffer.from(id), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
    const response = await serverAt("").inject(`/_matrix/app/v1/echo/${encoded}`);
    expect(response.json()).toEqual({ id });
    const longest = await app.inject(`/_matrix/app/v1/echo/${"%c3%a9".repeat(127)}x`);
    expect(longest.json<{ id: string }>().id).toHaveLength(128);
  });

  it("that are longer, or cannot be decoded, are refused as Matrix does under /_matrix and as a problem elsewhere", async () => {
    serverAt("");
    for (const id of ["%zz", "%c3%28", "x".repeat(2_000)]) {
      const matrix = await app.inject(`/_matrix/app/v1/echo/${id}`);
      expect(matrix.statusCode).toBe(400);
      expect(matrix.json()).toMatchObject({ errcode: "M_INVALID_PARAM" });
      const api = await app.inject(`/v1/echo/${id}`);
      expect(api.statusCode).toBe(400);
      expect(api.headers["content-type"]).toMatch(/^application\/problem\+json/);
    }
  });
});

describe("paths that nobody answers", () => {
  it("are M_UNRECOGNIZED under /_matrix, in JSON", async () => {
    serverAt("");
    for (const url of ["/_matrix", "/_matrix/", "/_matrix/client/v3/sync", "/_matrix/app/v1/other"]) {
      const response = await app.inject(url);
      expect([response.statusCode, response.json()]).toMatchObject([404, { errcode: "M_UNRECOGNIZED" }]);
    }
  });
});

describe("a body that takes long", () => {
  it.each([
    ["application/json", "cut"],
    ["application/x-ndjson", "whole"],
  ])("as %s is %s", async (type, expected) => {
    app = makeServer({ log: silentLog, pathPrefix: "", bodyMs: 50 });
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, body, done) => done(null, body));
    app.post("/", async (request) => ({ said: await text(request.body as Readable) }));
    const url = await app.listen({ port: 0, host: "127.0.0.1" });
    const sent = request(url, { method: "POST", headers: { "content-type": type } });
    const answer = once(sent, "response").then(
      async ([response]) => text(response as Readable),
      () => "cut",
    );
    sent.write("who");
    if (expected === "whole") setTimeout(() => sent.end("le"), 150);
    expect(await answer).toBe(expected === "cut" ? "cut" : '{"said":"whole"}');
  });
});

describe("closing", () => {
  it("lets a request finish and does not wait for idle connections", async () => {
    const url = await serverAt("").listen({ port: 0, host: "127.0.0.1" });
    const agent = new Agent({ keepAlive: true });
    await fetchText(`${url}/v1/echo/1`, agent);
    const { port } = app.server.address() as AddressInfo;
    const slow = fetchText(`http://127.0.0.1:${port}/slow`, agent);
    await begun.promise;
    const began = performance.now();
    await app.close();
    expect(await slow).toBe('{"slow":true}');
    // Idle ones are kept for minutes.
    expect(performance.now() - began).toBeLessThan(20_000);
    agent.destroy();
  });
});

function fetchText(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve(text));
    }).on("error", reject);
  });
}
