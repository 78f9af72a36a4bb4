import type { LightMyRequestResponse } from "fastify";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { revokeAccessKey } from "../../src/domain/governance/index.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { mediaFrom } from "../../src/matrix/media/index.ts";
import { type FileServer, startFileServer } from "../support/file-server.ts";
import { png } from "../support/png.ts";
import { ApiWorld, type ChannelRow } from "./api-world.ts";

const asToken = "as_token_of_the_tests";
const limitBytes = 100_000;
const picture = png(4, 4);
const operator = { id: "test", kind: "service" } as const;

let homeserver: FileServer;
let elsewhere: FileServer;
let world: ApiWorld;
let baseUrl: string;
let token: string;
let aliceId: string;
let microdaoId: string;
let channel: ChannelRow;
let serial = 0;
/** The files of the homeserver, with as much patience as a test needs. */
let source: ReturnType<typeof mediaFrom>;

beforeAll(async () => {
  homeserver = await startFileServer();
  elsewhere = await startFileServer();
  source = open(60_000);
  const current = { open: (wanted: Parameters<typeof source.open>[0]) => source.open(wanted) };
  world = await ApiWorld.open({ media: { source: current, linkMs: 3_600_000 } });
  baseUrl = await world.app.listen({ port: 0, host: "127.0.0.1" });
  aliceId = (await world.user("alice")).id;
  microdaoId = (await world.microdao("Dao", "alice")).id;
  token = await world.key({ subject: { kind: "integration", id: "reader" } });
  channel = await world.channel(microdaoId, "public");
});

afterAll(async () => {
  await world.close();
  await homeserver.stop();
  await elsewhere.stop();
});

function open(timeoutMs: number) {
  return mediaFrom({ url: homeserver.url, token: asToken, clock: systemClock, limitBytes, timeoutMs });
}

beforeEach(() => {
  source = open(60_000);
  homeserver.asked.length = 0;
  elsewhere.asked.length = 0;
  homeserver.answer = give(picture);
});

async function messageOf(metadata: object, kind = "image", where = channel) {
  serial += 1;
  const message = await world.message(where, aliceId, { at: 1_760_000_000_000 + serial });
  await world.sql("UPDATE messages SET kind = $2, metadata = $3::jsonb WHERE id = $1::uuid", [
    message.id,
    kind,
    JSON.stringify(metadata),
  ]);
  return message;
}

const image = { mxc: "mxc://far.example:8448/Pic-1_a", filename: "cat.png", mimetype: "text/html", size: 9 };

interface Media {
  readonly url: string;
  readonly thumbnailUrl: string | null;
}

async function mediaOf(message: { apiId: string }, key = token): Promise<Media[]> {
  return (await world.get(key, `/v1/messages/${message.apiId}`)).json<{ media: Media[] }>().media;
}

async function linkOf(message: { apiId: string }, key = token): Promise<Media> {
  const [first] = await mediaOf(message, key);
  if (first === undefined) throw new Error("the message has no file");
  return first;
}

/** As a homeserver does, with the length beforehand. */
function give(file: Buffer): FileServer["answer"] {
  return (_request, response) => response.writeHead(200, { "content-length": file.length }).end(file);
}

function refused(response: LightMyRequestResponse): [number, string] {
  return [response.statusCode, response.json<{ code: string }>().code];
}

describe("a file", () => {
  it("120: comes by the authenticated download, with our token in the header only", async () => {
    const { apiId } = await messageOf(image);
    const response = await world.get(token, `/v1/media/${apiId}`);
    expect(response.statusCode).toBe(200);
    expect(response.rawPayload).toEqual(picture);
    expect(homeserver.asked).toEqual([
      {
        url: "/_matrix/client/v1/media/download/far.example%3A8448/Pic-1_a?timeout_ms=5000",
        authorization: `Bearer ${asToken}`,
      },
    ]);
  });

  it("120: thumbnails likewise; a film's own picture is its thumbnail", async () => {
    const { apiId } = await messageOf(image);
    const film = await messageOf({ mxc: "mxc://a.b/film", thumbnail_mxc: "mxc://a.b/still" }, "video");
    await world.get(token, `/v1/media/${apiId}?width=64&height=32&method=crop`);
    await world.get(token, `/v1/media/${film.apiId}?width=64&height=32`);
    expect(homeserver.asked.map(({ url }) => url)).toEqual([
      "/_matrix/client/v1/media/thumbnail/far.example%3A8448/Pic-1_a?timeout_ms=5000&width=64&height=32&method=crop",
      "/_matrix/client/v1/media/thumbnail/a.b/still?timeout_ms=5000&width=64&height=32&method=scale",
    ]);
    expect((await world.get(token, `/v1/media/${apiId}?width=64`)).statusCode).toBe(422);
    expect((await world.get(token, `/v1/media/${apiId}?width=0&height=5000`)).statusCode).toBe(422);
  });

  it.each([307, 308])("120: %i is followed, and the token stays with the homeserver", async (status) => {
    const { apiId } = await messageOf(image);
    homeserver.answer = (request, response) => {
      const target = request.url?.startsWith("/here") === true ? `${elsewhere.url}/file` : "/here";
      response.writeHead(status, { location: target }).end();
    };
    elsewhere.answer = (_request, response) => response.writeHead(200).end(picture);
    const response = await world.get(token, `/v1/media/${apiId}`);
    expect(response.rawPayload).toEqual(picture);
    expect(homeserver.asked.map(({ authorization }) => authorization)).toEqual([
      `Bearer ${asToken}`,
      `Bearer ${asToken}`,
    ]);
    expect(elsewhere.asked).toEqual([{ url: "/file", authorization: undefined }]);
  });

  it("120: redirects without end, to nowhere or to files of this machine lead to 502", async () => {
    const { apiId } = await messageOf(image);
    for (const location of ["/again", "file:///etc/passwd", "http://", "http://a:b@127.0.0.1/", undefined]) {
      homeserver.answer = (_request, response) =>
        response.writeHead(307, location === undefined ? {} : { location }).end();
      expect(refused(await world.get(token, `/v1/media/${apiId}`))).toEqual([502, "media_unavailable"]);
    }
    expect(homeserver.asked).toHaveLength(4 + 4);
  });

  it("121: an address that is none is never asked for", async () => {
    for (const mxc of ["mxc://a/../b", "mxc://a/b?c", "https://a/b", "mxc://a/b/c"]) {
      const { apiId } = await messageOf({ mxc });
      expect(refused(await world.get(token, `/v1/media/${apiId}`))).toEqual([404, "media_not_found"]);
    }
    expect(homeserver.asked).toEqual([]);
  });

  it("122: is served as what its bytes are, in a sandbox; what a browser could run is an attachment", async () => {
    const { apiId } = await messageOf(image);
    const shown = await world.get(token, `/v1/media/${apiId}`);
    expect(shown.headers).toMatchObject({
      "content-type": "image/png",
      "content-disposition": `inline; filename="cat.png"; filename*=UTF-8''cat.png`,
      "content-security-policy": "sandbox; default-src 'none'",
      "x-content-type-options": "nosniff",
      "cache-control": "private, max-age=300",
      "content-length": String(picture.length),
    });
    homeserver.answer = (_request, response) =>
      response.writeHead(200, { "content-type": "image/png" }).end("<html><script>alert(1)</script>");
    const page = await world.get(token, `/v1/media/${apiId}`);
    expect(page.headers).toMatchObject({
      "content-type": "application/octet-stream",
      "content-disposition": `attachment; filename="cat.png"; filename*=UTF-8''cat.png`,
    });
    homeserver.answer = (_request, response) => response.writeHead(200).end();
    expect((await world.get(token, `/v1/media/${apiId}`)).rawPayload).toHaveLength(0);
  });

  it("122: larger than the limit is refused before a byte, or cut off when nobody said so", async () => {
    const { apiId } = await messageOf(image);
    homeserver.answer = give(Buffer.alloc(limitBytes + 1));
    expect(refused(await world.get(token, `/v1/media/${apiId}`))).toEqual([409, "media_too_large"]);
    homeserver.answer = (_request, response) => {
      response.writeHead(200, { "transfer-encoding": "chunked" });
      response.write(Buffer.alloc(limitBytes));
      response.end(Buffer.alloc(5));
    };
    const cut = await fetch(`${baseUrl}/v1/media/${apiId}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(cut.status).toBe(200);
    await expect(cut.arrayBuffer()).rejects.toThrow();
    homeserver.answer = give(Buffer.alloc(limitBytes));
    expect((await world.get(token, `/v1/media/${apiId}`)).rawPayload).toHaveLength(limitBytes);
  });

  it("122: a homeserver that is silent, before the file or within, is not waited for", async () => {
    const { apiId } = await messageOf(image);
    source = open(1_000);
    homeserver.answer = () => undefined;
    expect(refused(await world.get(token, `/v1/media/${apiId}`))).toEqual([504, "media_timeout"]);
    homeserver.answer = (_request, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write(picture);
    };
    const stuck = await fetch(`${baseUrl}/v1/media/${apiId}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await expect(stuck.arrayBuffer()).rejects.toThrow();
  });

  it("122: is passed on as it comes, and given up when nobody wants it any more", async () => {
    const { apiId } = await messageOf(image);
    const gone = Promise.withResolvers<undefined>();
    homeserver.answer = (_request, response) => {
      response.once("close", () => gone.resolve(undefined));
      response.writeHead(200);
      response.write(picture);
    };
    const reader = new AbortController();
    const response = await fetch(`${baseUrl}/v1/media/${apiId}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: reader.signal,
    });
    const { value } = await response.body!.getReader().read();
    expect(Buffer.from(value as Uint8Array)).toEqual(picture);
    reader.abort();
    await gone.promise;
  });

  it.each([
    { status: 404, errcode: "M_NOT_FOUND", answer: [404, "media_not_found"], wait: undefined },
    { status: 504, errcode: "M_NOT_YET_UPLOADED", answer: [504, "media_not_yet_uploaded"], wait: "10" },
    { status: 429, errcode: "M_LIMIT_EXCEEDED", answer: [502, "media_unavailable"], wait: "10" },
    { status: 502, errcode: "M_TOO_LARGE", answer: [409, "media_too_large"], wait: undefined },
    { status: 403, errcode: "M_FORBIDDEN", answer: [502, "media_unavailable"], wait: "10" },
    { status: 500, errcode: "M_UNKNOWN", answer: [502, "media_unavailable"], wait: "10" },
  ])("124: $status $errcode of the homeserver is $answer, with when to ask again", async (refusal) => {
    const { status, errcode, answer, wait } = refusal;
    const { apiId } = await messageOf(image);
    homeserver.answer = (_request, response) => response.writeHead(status).end(JSON.stringify({ errcode }));
    const response = await world.get(token, `/v1/media/${apiId}`);
    expect(refused(response)).toEqual(answer);
    expect(response.headers["retry-after"]).toBe(wait);
    expect(response.headers["cache-control"]).toBe("no-store");
  });

  it("124: a page in HTML instead of a refusal, and no connection at all, are 502", async () => {
    const { apiId } = await messageOf(image);
    homeserver.answer = (_request, response) =>
      response.writeHead(502, { "retry-after": "7" }).end("<h1>Bad Gateway</h1>");
    const page = await world.get(token, `/v1/media/${apiId}`);
    expect(refused(page)).toEqual([502, "media_unavailable"]);
    expect(page.headers["retry-after"]).toBe("7");
    homeserver.answer = (request) => request.socket.destroy();
    expect(refused(await world.get(token, `/v1/media/${apiId}`))).toEqual([502, "media_unavailable"]);
  });

  it("124: a thumbnail that the homeserver cannot make is not there", async () => {
    const { apiId } = await messageOf(image);
    homeserver.answer = (_request, response) => response.writeHead(400).end('{"errcode":"M_UNKNOWN"}');
    expect(refused(await world.get(token, `/v1/media/${apiId}?width=9&height=9`))).toEqual([
      404,
      "thumbnail_not_found",
    ]);
  });

  it("125: an encrypted one is refused: its keys stay in Matrix", async () => {
    const message = await messageOf({ ...image, encrypted_file: true });
    expect(refused(await world.get(token, `/v1/media/${message.apiId}`))).toEqual([409, "media_encrypted"]);
    expect(await mediaOf(message)).toMatchObject([{ url: null, thumbnailUrl: null, encrypted: true }]);
    expect(homeserver.asked).toEqual([]);
  });
});

describe("who may have it", () => {
  it("whoever may read the message, and the same 404 for everybody else", async () => {
    const hidden = await world.channel(microdaoId, "private");
    const { apiId } = await messageOf(image, "image", hidden);
    const bob = await world.user("bob");
    const stranger = await world.key({ subject: { kind: "user", id: bob.externalId } });
    const unread = await world.key({
      subject: { kind: "integration", id: "mute" },
      capabilities: ["channel.read"],
    });
    expect(refused(await world.get(stranger, `/v1/media/${apiId}`))).toEqual([404, "message_not_found"]);
    expect(refused(await world.get(unread, `/v1/media/${apiId}`))).toEqual([403, "key_lacks_capability"]);
    expect(refused(await world.get(undefined, `/v1/media/${apiId}`))).toEqual([401, "access_key_required"]);
    for (const id of ["m_01h4vjdvzefw18zfwz5dxw5y8g", "nonsense"]) {
      expect(refused(await world.get(token, `/v1/media/${id}`))).toEqual([404, "message_not_found"]);
    }
    expect((await world.get(token, `/v1/media/${apiId}`)).statusCode).toBe(200);
    await world.member(hidden, { user: bob.id });
    expect((await world.get(stranger, `/v1/media/${apiId}`)).statusCode).toBe(200);
  });

  it("92: a message that was redacted has no file any more, by no link", async () => {
    const message = await messageOf(image);
    const { url } = await linkOf(message);
    await world.sql("UPDATE messages SET kind = 'redacted', metadata = NULL WHERE id = $1::uuid", [
      message.id,
    ]);
    expect(refused(await world.get(undefined, url))).toEqual([404, "media_not_found"]);
    expect(homeserver.asked).toEqual([]);
  });

  it("who has it already is told so, without the homeserver being asked, if it may still have it", async () => {
    const { apiId } = await messageOf(image);
    const first = await world.get(token, `/v1/media/${apiId}`);
    homeserver.asked.length = 0;
    const known = { "if-none-match": String(first.headers["etag"]) };
    const again = await world.request(token, { method: "GET", url: `/v1/media/${apiId}`, headers: known });
    expect([again.statusCode, again.rawPayload.length]).toEqual([304, 0]);
    const small = { method: "GET", url: `/v1/media/${apiId}?width=9&height=9`, headers: known } as const;
    expect((await world.request(token, small)).statusCode).toBe(200);
    const nobody = { method: "GET", url: `/v1/media/${apiId}`, headers: known } as const;
    expect((await world.request(undefined, nobody)).statusCode).toBe(401);
    expect(homeserver.asked).toHaveLength(1);
  });
});

describe("links", () => {
  it("stand in a message's media and need no key; each file of a gallery has its own", async () => {
    const items = [
      { kind: "image", mxc: "mxc://a.b/one" },
      { kind: "file", mxc: "mxc://a.b/two" },
      { kind: "image", broken: true },
    ];
    const message = await messageOf({ items }, "gallery");
    const media = await mediaOf(message);
    expect(media.map(({ url, thumbnailUrl }) => [typeof url, typeof thumbnailUrl])).toEqual([
      ["string", "string"],
      ["string", "object"],
      ["object", "object"],
    ]);
    expect((await world.get(undefined, media[1]!.url)).rawPayload).toEqual(picture);
    await world.get(undefined, media[0]!.thumbnailUrl ?? "");
    expect(homeserver.asked.map(({ url }) => url.split("?")[0])).toEqual([
      "/_matrix/client/v1/media/download/a.b/two",
      "/_matrix/client/v1/media/thumbnail/a.b/one",
    ]);
    expect(refused(await world.get(token, `/v1/media/${message.apiId}?item=2`))).toEqual([
      404,
      "media_not_found",
    ]);
    expect(refused(await world.get(token, `/v1/media/${message.apiId}?item=9`))).toEqual([
      404,
      "media_not_found",
    ]);
  });

  it("that were changed in any part are refused", async () => {
    const { url } = await linkOf(await messageOf(image));
    const other = await messageOf(image);
    const changes: [string, string][] = [
      ["expires", "99999999999"],
      ["item", "1"],
      ["key", "ak_01h4vjdvzefw18zfwz5dxw5y8g"],
      ["signature", "A".repeat(43)],
      ["signature", ""],
    ];
    for (const [name, value] of changes) {
      const changed = new URL(url, "http://x");
      changed.searchParams.set(name, value);
      const response = await world.get(undefined, changed.pathname + changed.search);
      expect(refused(response)).toEqual([403, "media_link_invalid"]);
    }
    const moved = url.replace(/m_[0-9a-z]{26}/, other.apiId);
    expect(refused(await world.get(undefined, moved))).toEqual([403, "media_link_invalid"]);
    const [path = "", search = ""] = url.split("?");
    const cut = new URLSearchParams(search);
    cut.delete("expires");
    expect(refused(await world.get(undefined, `${path}?${cut.toString()}`))).toEqual([
      422,
      "request_invalid",
    ]);
  });

  it("are only as good as the key that asked for them", async () => {
    const mine = await world.key({ subject: { kind: "integration", id: "short" } });
    const { url } = await linkOf(await messageOf(image), mine);
    expect((await world.get(undefined, url)).statusCode).toBe(200);
    const id = /ak_[0-9a-z]{26}/.exec(mine)?.[0] ?? "";
    await transact(world.database, operator, (tx) => revokeAccessKey(tx, id));
    expect(refused(await world.get(undefined, url))).toEqual([401, "access_key_revoked"]);
  });
});
