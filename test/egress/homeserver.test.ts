import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/kernel/clock.ts";
import {
  type Homeserver,
  homeserverAway,
  homeserverRefused,
  openHomeserver,
} from "../../src/matrix/homeserver/index.ts";
import { type FakeHomeserver, type Fault, startFakeHomeserver } from "../support/fake-homeserver.ts";

const roomId = "!a/b:test";
const ghost = "@dao_sofia:test";
let fake: FakeHomeserver;
let homeserver: Homeserver;

beforeEach(async () => {
  fake = await startFakeHomeserver();
  homeserver = open(60_000);
  fake.addRoom(roomId, "@microdao:test", ghost);
});
afterEach(() => fake.stop());

function open(timeoutMs: number): Homeserver {
  return openHomeserver({ url: fake.url, token: "as-secret", clock: systemClock, timeoutMs });
}

const event = { roomId, type: "m.room.message", content: { body: "x" }, asUser: ghost };

function send(txnId = "md.1", through = homeserver) {
  return through.sendEvent({ ...event, txnId });
}

describe("the homeserver client", () => {
  it("53: the user is in user_id and the token in the Authorization header only", async () => {
    await send();
    const request = fake.requests.at(-1);
    expect(request?.query.get("user_id")).toBe(ghost);
    expect(request?.query.has("access_token")).toBe(false);
    expect(request?.authorization).toBe("Bearer as-secret");
    expect(request?.path).toBe("/_matrix/client/v3/rooms/!a%2Fb%3Atest/send/m.room.message/md.1");
  });

  it("51 and 54: a user is registered without being logged in", async () => {
    await homeserver.registerUser(ghost);
    expect(fake.requests.at(-1)?.body).toEqual({
      type: "m.login.application_service",
      username: "dao_sofia",
      inhibit_login: true,
    });
  });

  describe("that acts as the bot", () => {
    const botUserId = "@microdao:test";
    const refused: Fault = { kind: "refused", status: 403, errcode: "M_FORBIDDEN" };
    const asBot = { ...event, asUser: botUserId };
    const open = () =>
      openHomeserver({ url: fake.url, token: "as-secret", clock: systemClock, timeoutMs: 60_000, botUserId });
    const asked = () => fake.requests.map(({ path }) => path.split("/").at(-1));

    it("registers it when the homeserver refuses it because it is not, and asks again", async () => {
      fake.fail({ path: /send/ }, refused);
      expect(await open().sendEvent({ ...asBot, txnId: "md.1" })).toMatch(/^\$/);
      expect(asked()).toEqual(["md.1", "register", "md.1"]);
      expect(fake.users).toContain(botUserId);
    });

    it("does so once for all requests that were refused at the same time", async () => {
      fake.fail({ path: /send/ }, refused, refused, refused);
      const through = open();
      const sent = ["md.1", "md.2", "md.3"].map((txnId) => through.sendEvent({ ...asBot, txnId }));
      expect(new Set(await Promise.all(sent)).size).toBe(3);
      expect(asked().filter((path) => path === "register")).toHaveLength(1);
    });

    it("leaves a refusal that has another reason, and asks no more whether it is registered", async () => {
      await homeserver.registerUser(botUserId);
      fake.fail({ path: /send/ }, refused, refused);
      const through = open();
      for (const txnId of ["md.1", "md.2"]) {
        await expect(through.sendEvent({ ...asBot, txnId })).rejects.toSatisfy(homeserverRefused.is);
      }
      expect(asked()).toEqual(["register", "md.1", "register", "md.2"]);
    });

    it("gives the refusal when it cannot be registered now, and tries again at the next", async () => {
      fake.fail({ path: /send/ }, refused, refused);
      fake.fail({ path: /register/ }, { kind: "html", status: 502 });
      const through = open();
      await expect(through.sendEvent({ ...asBot, txnId: "md.1" })).rejects.toSatisfy(homeserverRefused.is);
      expect(await through.sendEvent({ ...asBot, txnId: "md.2" })).toMatch(/^\$/);
    });

    it("registers nobody else", async () => {
      fake.fail({ path: /send/ }, refused);
      await expect(send("md.1", open())).rejects.toSatisfy(homeserverRefused.is);
      expect(asked()).toEqual(["md.1"]);
    });
  });

  it("55: a device is made by PUT, and then requests name it, under the name of old servers as well", async () => {
    fake.makeDevices();
    const device = { userId: ghost, deviceId: "MICRODAO", displayName: "Bridge" };
    expect(await homeserver.ensureDevice(device)).toBe(true);
    expect(fake.requests.at(-2)).toMatchObject({
      method: "PUT",
      path: "/_matrix/client/v3/devices/MICRODAO",
      body: { display_name: "Bridge" },
    });
    expect(await homeserver.ensureDevice(device)).toBe(true);
    await homeserver.sendEvent({ ...event, txnId: "md.2", deviceId: "MICRODAO" });
    const query = fake.requests.at(-1)?.query;
    expect(query?.get("device_id")).toBe("MICRODAO");
    expect(query?.get("org.matrix.msc3202.device_id")).toBe("MICRODAO");
  });

  it("55: a homeserver that makes no device, or does not let anybody act as it, is found out", async () => {
    const device = { userId: ghost, deviceId: "MICRODAO", displayName: "Bridge" };
    expect(await homeserver.ensureDevice(device)).toBe(false);
    fake.fail(
      { method: "PUT", path: /devices/ },
      { kind: "refused", status: 405, errcode: "M_UNRECOGNIZED" },
    );
    expect(await homeserver.ensureDevice(device)).toBe(false);
    fake.makeDevices();
    fake.fail({ path: /whoami/ }, { kind: "refused", status: 400, errcode: "M_UNKNOWN_DEVICE" });
    expect(await homeserver.ensureDevice(device)).toBe(false);
    fake.fail({ method: "PUT", path: /devices/ }, { kind: "html", status: 502 });
    await expect(homeserver.ensureDevice(device)).rejects.toSatisfy(homeserverAway.is);
  });

  it("a refusal carries status, errcode and the time to wait", async () => {
    fake.fail({ path: /send/ }, { kind: "limited", retryAfter: "3", retryAfterMs: 9 });
    const error: unknown = await send().catch((thrown: unknown) => thrown);
    expect(homeserverRefused.is(error) && error.details).toMatchObject({
      status: 429,
      errcode: "M_LIMIT_EXCEEDED",
      retryAfterMs: 3000,
    });
  });

  it("62: whatever is no answer of a homeserver is one error, and none of it hangs", async () => {
    fake.fail(
      { path: /send/ },
      { kind: "html", status: 502 },
      { kind: "html", status: 404 },
      { kind: "refused", status: 500, errcode: "M_UNKNOWN" },
      { kind: "cut" },
      { kind: "dropped" },
      { kind: "cut-in-body" },
      { kind: "not-json" },
      { kind: "held", until: new Promise(() => undefined) },
    );
    const whys: string[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const through = attempt === 7 ? open(200) : homeserver;
      const error: unknown = await send(`md.${attempt}`, through).catch((thrown: unknown) => thrown);
      if (!homeserverAway.is(error)) throw new TypeError(`attempt ${attempt} gave ${String(error)}`);
      whys.push(error.details.why);
    }
    expect(whys.slice(0, 3)).toEqual(["status 502", "status 404", "status 500"]);
    expect(whys.at(-1)).toBe("it took too long");
  });

  it("a homeserver that is not there is away", async () => {
    await fake.stop();
    const gone = openHomeserver({ url: fake.url, token: "t", clock: systemClock });
    const error: unknown = await gone.whoami().catch((thrown: unknown) => thrown);
    expect(homeserverAway.is(error) && error.message).toMatch(/ECONNREFUSED/);
    fake = await startFakeHomeserver();
  });

  it("nothing of a token or a body is in an error, however deep one looks", async () => {
    fake.fail({ path: /send/ }, { kind: "cut" }, { kind: "refused", status: 403, errcode: "M_FORBIDDEN" });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const error: unknown = await homeserver
        .sendEvent({ roomId, type: "m.x", txnId: "t", content: { body: "secret words" }, asUser: ghost })
        .catch((thrown: unknown) => thrown);
      const { inspect } = await import("node:util");
      expect(inspect(error, { depth: 20 })).not.toMatch(/as-secret|secret words/);
    }
  });

  it("what is not there is undefined, what is forbidden is an error", async () => {
    const absent = { roomId, type: "m.room.member", stateKey: "@nobody:test", asUser: ghost };
    expect(await homeserver.stateEvent(absent)).toBeUndefined();
    const foreign = homeserver.stateEvent({ ...absent, asUser: "@stranger:test" });
    await expect(foreign).rejects.toSatisfy(homeserverRefused.is);
  });
});
