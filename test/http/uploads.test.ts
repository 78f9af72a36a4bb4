import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { MediaSink } from "../../src/http/deps.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { openHomeserver } from "../../src/matrix/homeserver/index.ts";
import { uploadsTo } from "../../src/matrix/media/index.ts";
import { type FakeHomeserver, startFakeHomeserver } from "../support/fake-homeserver.ts";
import { noMedia } from "../support/no-media.ts";
import { ApiWorld, type ChannelRow } from "./api-world.ts";

interface Uploaded {
  mxcUri: string;
  mimetype: string;
  size: number;
  width: number | null;
  height: number | null;
}
interface Problem {
  code: string;
  detail: string;
}

let fake: FakeHomeserver;
let world: ApiWorld;
let channel: ChannelRow;
let token: string;
let microdaoId: string;
let uploads: MediaSink;

beforeAll(async () => {
  fake = await startFakeHomeserver();
  const sink: MediaSink = { upload: (wanted) => uploads.upload(wanted) };
  world = await ApiWorld.open({ media: { ...noMedia, sink } });
  microdaoId = (await world.microdao("One", "alice")).id;
  const sofia = await world.agent("sofia", microdaoId);
  channel = await world.channel(microdaoId, "private");
  await world.member(channel, { agent: sofia.id });
  token = await world.key({ subject: { kind: "agent", id: "agent:sofia" }, microdaoId });
});
afterAll(async () => {
  await world.close();
  await fake.stop();
});
beforeEach(() => {
  uploads = newProcess();
});

/** What a process knows that has just begun. */
function newProcess(): MediaSink {
  const { database } = world;
  const homeserver = openHomeserver({ url: fake.url, token: "as", clock: systemClock, timeoutMs: 60_000 });
  return uploadsTo({ database, homeserver, limitBytes: 50_000_000 });
}

function upload(payload: Buffer | Readable, contentType = "application/octet-stream") {
  const headers = { "content-type": contentType };
  return world.request(token, { method: "POST", url: "/v1/media", payload, headers });
}

function taken(): number {
  return fake.requests.filter(({ path }) => path === "/_matrix/media/v3/upload").length;
}

const png = (width: number, height: number, noise = "") => {
  const size = Buffer.alloc(8);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"),
    size,
    Buffer.alloc(64),
    Buffer.from(noise),
  ]);
};

describe("uploading files", () => {
  it("123: a file goes to the homeserver once, however often and by whichever process", async () => {
    const before = taken();
    const first = await upload(png(640, 480), "text/html");
    expect(first.statusCode, first.body).toBe(201);
    expect(first.json()).toEqual({
      mxcUri: expect.stringMatching(/^mxc:\/\/test\/file\d+$/) as string,
      mimetype: "image/png",
      size: 88,
      width: 640,
      height: 480,
    });
    uploads = newProcess();
    expect((await upload(Readable.from([png(640, 480)]), "image/png")).json()).toEqual(first.json());
    expect(taken()).toBe(before + 1);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("microdao-upload-"))).toEqual([]);
  });

  it("123: a file that two processes have at the same time goes to the homeserver once, and is the agent's", async () => {
    fake.fail({ path: /media\/v3\/upload/ }, { kind: "slow", ms: 200 });
    const before = taken();
    const first = upload(png(3, 4, "both"));
    await expect.poll(taken, { interval: 5 }).toBe(before + 1);
    uploads = newProcess();
    const second = await upload(png(3, 4, "both"));
    expect([second.statusCode, second.json()]).toEqual([201, (await first).json()]);
    expect(taken()).toBe(before + 1);
    const passed = fake.requests.findLast(({ path }) => path.endsWith("/upload"));
    expect(passed?.query.get("user_id")).toBe("@dao_sofia:test");
    expect(await world.sql("SELECT 1 FROM matrix.upload_leases")).toEqual([]);
  });

  it("123: a file whose process died on the way is uploaded by the next one", async () => {
    const file = png(5, 6, "died");
    await world.sql(
      `INSERT INTO matrix.upload_leases (sha256, content_type, holder, leased_until)
       VALUES (sha256($1::bytea), 'image/png', gen_random_uuid(), now() - interval '1 second')`,
      [file],
    );
    expect((await upload(file)).statusCode).toBe(201);
  });

  it("an agent whose user is not there yet has its file uploaded by the bridge", async () => {
    const refused = { kind: "refused", status: 403, errcode: "M_FORBIDDEN" } as const;
    fake.fail({ path: /media\/v3\/upload/ }, refused);
    expect((await upload(png(7, 8, "early"))).statusCode).toBe(201);
    const users = fake.requests.slice(-2).map(({ query }) => query.get("user_id"));
    expect(users).toEqual(["@dao_sofia:test", null]);
  });

  it("123: what is larger than the homeserver takes is refused with the limit, also when its length is not told", async () => {
    const before = taken();
    for (const file of [Buffer.alloc(100_001), Readable.from([Buffer.alloc(60_000), Buffer.alloc(60_000)])]) {
      const response = await upload(file);
      expect([response.statusCode, response.json<Problem>().code]).toEqual([413, "upload_too_large"]);
      expect(response.json<Problem>().detail).toContain("100000");
    }
    expect(taken()).toBe(before);
  });

  it("62 and 65: survives 429, error pages and cut connections, and says when the homeserver stays away", async () => {
    const path = /media\/v3\/upload/;
    fake.fail({ path }, { kind: "limited", retryAfterMs: 20 }, { kind: "html", status: 502 });
    const response = await upload(png(1, 2, "again"));
    expect(response.statusCode, response.body).toBe(201);
    fake.fail({ path }, { kind: "limited", retryAfter: "600" });
    const away = await upload(png(1, 2, "away"));
    expect([away.statusCode, away.headers["retry-after"]]).toEqual([502, "600"]);
    fake.fail({ path }, { kind: "refused", status: 413, errcode: "M_TOO_LARGE" });
    expect((await upload(png(1, 2, "large"))).statusCode).toBe(413);
  });

  it("122: the type is what the bytes say; only harmless texts are believed", async () => {
    const type = async (bytes: string, said: string) =>
      (await upload(Buffer.from(bytes), said)).json<Uploaded>().mimetype;
    expect(await type("# Notes", "text/markdown; charset=utf-8")).toBe("text/markdown");
    expect(await type("<script>alert(1)</script>", "text/html")).toBe("application/octet-stream");
    expect(await type("%PDF-1.7 x", "image/png")).toBe("application/pdf");
  });

  it("takes a key of an agent that may speak", async () => {
    const url = "/v1/media";
    const reader = await world.key({
      subject: { kind: "integration", id: "reader" },
      microdaoId,
    });
    expect(
      (await world.request(undefined, { method: "POST", url, payload: Buffer.from("x") })).statusCode,
    ).toBe(401);
    const refused = await world.request(reader, { method: "POST", url, payload: Buffer.from("x") });
    expect(refused.statusCode).toBe(403);
  });
});

describe("posting files", () => {
  const post = (body: object) => world.post(token, `/v1/channels/${channel.apiId}/messages`, body);
  const newest = async () =>
    (await world.sql<{ content: object }>("SELECT content FROM matrix.sends ORDER BY seq DESC LIMIT 1"))[0]
      ?.content;

  it("83: a picture has its size, a name, and a caption if there is one", async () => {
    const { mxcUri } = (await upload(png(32, 16))).json<Uploaded>();
    const info = { mimetype: "image/png", size: 88, w: 32, h: 16 };
    const bare = await post({ attachment: { mxcUri, filename: "Plan.png" } });
    expect(bare.statusCode, bare.body).toBe(202);
    expect(await newest()).toMatchObject({
      msgtype: "m.image",
      body: "Plan.png",
      filename: "Plan.png",
      url: mxcUri,
      info,
    });
    await post({ markdown: "The **plan**", attachment: { mxcUri, filename: "Plan.png" } });
    expect(await newest()).toMatchObject({
      msgtype: "m.image",
      body: "The **plan**",
      formatted_body: "<p>The <strong>plan</strong></p>",
      filename: "Plan.png",
      "m.mentions": {},
    });
    await post({ attachment: { mxcUri: "mxc://elsewhere/unknown", filename: "a.bin" } });
    expect(await newest()).toMatchObject({ msgtype: "m.file", url: "mxc://elsewhere/unknown" });
  });

  it("names that could mislead a disk, and addresses that are none, are refused", async () => {
    const mxcUri = "mxc://test/a";
    for (const filename of ["", "../etc", "a/b", "a\\b", "a\u0000b", "..", "x".repeat(256)])
      expect((await post({ attachment: { mxcUri, filename } })).statusCode, filename).toBe(422);
    for (const bad of ["http://a/b", "mxc://a", "mxc://a/b/c", "mxc://a/../b"])
      expect((await post({ attachment: { mxcUri: bad, filename: "a" } })).statusCode, bad).toBe(422);
    expect((await post({ stream: true, text: "x", attachment: { mxcUri, filename: "a" } })).statusCode).toBe(
      422,
    );
  });
});
