import type { lookup } from "node:dns";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isPublicAddress } from "../../src/adapters/outbound/public-address.ts";
import { openWebhookSender } from "../../src/adapters/webhooks/webhook-sender.ts";
import { answering, startEndpoint, type WebhookEndpoint } from "./webhook-endpoint.ts";

describe("the sender of webhooks", () => {
  let endpoint: WebhookEndpoint;
  const trusting = openWebhookSender({ allowPrivate: true });
  const guarded = openWebhookSender({ allowPrivate: false });

  beforeAll(async () => {
    endpoint = await startEndpoint();
  });
  afterAll(async () => {
    await Promise.all([endpoint.close(), trusting.close(), guarded.close()]);
  });

  const send = (url = endpoint.url, sender = trusting, more = {}) =>
    sender.send({
      url,
      headers: { "webhook-id": "dlv_1" },
      body: "{}",
      timeoutMs: 60_000,
      signal: new AbortController().signal,
      ...more,
    });

  it("gives status and body, and sends what it was given", async () => {
    endpoint.behave(answering(200, '{"text":"hello"}'));
    expect(await send()).toEqual({
      is: "answered",
      status: 200,
      retryAfterMs: undefined,
      body: '{"text":"hello"}',
    });
    expect(endpoint.received.at(-1)).toMatchObject({ headers: { "webhook-id": "dlv_1" }, body: "{}" });
  });

  it("follows no redirect", async () => {
    const before = endpoint.received.length;
    endpoint.behave(answering(302, "", { location: endpoint.url }));
    expect(await send()).toMatchObject({ is: "answered", status: 302 });
    expect(endpoint.received.length).toBe(before + 1);
  });

  it("reads a wait that is asked for", async () => {
    endpoint.behave(answering(503, "", { "retry-after": "7" }));
    expect(await send()).toMatchObject({ status: 503, retryAfterMs: 7_000 });
  });

  it("does not read a body without end", async () => {
    const cut = Promise.withResolvers<string>();
    endpoint.behave((response) => {
      response.writeHead(200);
      const pour = () => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
      };
      response.on("drain", pour);
      response.on("close", () => cut.resolve("cut"));
      pour();
    });
    expect(await send()).toEqual({ is: "answered", status: 200, retryAfterMs: undefined, body: undefined });
    expect(await cut.promise).toBe("cut");
  });

  it("waits for an answer as long as it may, and not for the rest of a body", async () => {
    endpoint.behave(() => undefined);
    expect(await send(endpoint.url, trusting, { timeoutMs: 200 })).toMatchObject({
      is: "failed",
      code: "timeout",
    });
    endpoint.behave((response) => void response.writeHead(200).write("begin"));
    expect(await send(endpoint.url, trusting, { timeoutMs: 200 })).toMatchObject({
      is: "answered",
      body: undefined,
    });
  });

  it("breaks off when it is told to, and knows when nobody is there", async () => {
    endpoint.behave(() => undefined);
    const stop = new AbortController();
    const sent = send(endpoint.url, trusting, { signal: stop.signal });
    stop.abort();
    expect(await sent).toMatchObject({ is: "failed", code: "stopped" });
    expect(await send("http://127.0.0.1:1/")).toMatchObject({ is: "failed", code: "unreachable" });
  });

  it("calls no private address, whatever it is called", async () => {
    const before = endpoint.received.length;
    const { port } = new URL(endpoint.url);
    for (const host of [
      "127.0.0.1",
      "localhost",
      "[::1]",
      "0.0.0.0",
      "0x7f000001",
      "127.1",
      "[::ffff:127.0.0.1]",
    ])
      expect(await send(`http://${host}:${port}/`, guarded), host).toMatchObject({ code: "address_refused" });
    const lying = openWebhookSender({
      allowPrivate: false,
      lookup: ((_host: string, _options: object, callback: (...found: unknown[]) => void) => {
        callback(null, [{ address: "127.0.0.1", family: 4 }]);
      }) as unknown as typeof lookup,
    });
    expect(await send(`http://example.org:${port}/`, lying)).toMatchObject({ code: "address_refused" });
    await lying.close();
    expect(endpoint.received.length).toBe(before);
  });

  it("takes only addresses of the Internet for public", () => {
    for (const address of ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
      expect(isPublicAddress(address)).toBe(true);
    for (const address of [
      ...["10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "127.9.9.9", "0.0.0.0"],
      ...["224.0.0.1", "255.255.255.255", "198.18.0.1", "::", "::1", "fe80::1", "fd00::1", "ff02::1"],
      ...["::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1", "nonsense", ""],
    ]) {
      expect(isPublicAddress(address), address).toBe(false);
    }
  });
});
