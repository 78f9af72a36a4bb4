import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pageFetcher } from "../../src/adapters/web/fetch-page.ts";
import { isPublicAddress } from "../../src/adapters/web/public-address.ts";
import { type FileServer, startFileServer } from "../support/file-server.ts";

let server: FileServer;

beforeAll(async () => {
  server = await startFileServer();
});
afterAll(() => server.stop());

const signal = new AbortController().signal;
const guarded = pageFetcher({ allowedHosts: [], timeoutMs: 60_000 });
const read = (url: string, fetchPage = guarded, method: "GET" | "POST" = "GET") =>
  fetchPage({ url, method, signal });

describe("pages that agents read", () => {
  it.each([
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://localhost/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://172.16.5.5/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://198.51.100.7/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
  ])("%s is not on the public internet", async (url) => {
    await expect(read(url)).rejects.toMatchObject({ code: "address_refused" });
  });

  it.each([
    "file:///etc/passwd",
    "ftp://example.org/",
    "gopher://127.0.0.1:6379/_INFO",
    "data:text/plain,hi",
    "http://user:password@example.org/",
    "http://example.org:6379/",
    "https://example.org:22/",
    "not a url",
    "",
  ])("%s is nothing to be read", async (url) => {
    await expect(read(url)).rejects.toMatchObject({ code: "page_refused" });
  });

  it("public addresses are public", () => {
    expect(["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111"].map(isPublicAddress)).toEqual([true, true, true]);
    expect(["", "example.org", "1.2.3.4.5", "::ffff:1.1.1.1"].map(isPublicAddress)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it("a redirect gets no further than its target would", async () => {
    const { host } = new URL(server.url);
    const allowed = pageFetcher({ allowedHosts: [host], timeoutMs: 60_000 });
    for (const location of [
      "http://169.254.169.254/",
      "http://127.0.0.1:1/",
      "file:///etc/passwd",
      "http://[::1]/",
    ]) {
      server.answer = (_request, response) => response.writeHead(302, { location }).end();
      await expect(read(server.url, allowed)).rejects.toMatchObject({ kind: "forbidden" });
    }
    server.answer = (_request, response) => response.writeHead(302, { location: "/again" }).end();
    await expect(read(server.url, allowed)).rejects.toMatchObject({ code: "page_refused" });
    server.answer = (_request, response) => response.writeHead(307, { location: "/elsewhere" }).end();
    await expect(read(server.url, allowed, "POST")).rejects.toMatchObject({ code: "page_refused" });
  });

  it("is text, of so many bytes and for so long", async () => {
    const { host } = new URL(server.url);
    const allowed = pageFetcher({ allowedHosts: [host], timeoutMs: 60_000 });
    server.answer = (_request, response) =>
      response
        .writeHead(200, { "content-type": "text/html; charset=utf-8" })
        .end("<title>T</title><script>alert(1)</script><p>Rent is <b>due</b>.</p>");
    expect(await read(server.url, allowed)).toMatchObject({ status: 200, text: "TRent is due.", cut: false });
    server.answer = (_request, response) => response.writeHead(200, { "content-type": "image/png" }).end("x");
    await expect(read(server.url, allowed)).rejects.toMatchObject({ code: "page_refused" });
    server.answer = (_request, response) =>
      response.writeHead(200, { "content-type": "text/plain" }).end("x".repeat(2_000_000));
    expect(await read(server.url, allowed)).toMatchObject({ cut: true });
    const impatient = pageFetcher({ allowedHosts: [host], timeoutMs: 500 });
    server.answer = (_request, response) =>
      void response.writeHead(200, { "content-type": "text/plain" }).write("x");
    await expect(read(server.url, impatient)).rejects.toMatchObject({ code: "page_away" });
  });
});
