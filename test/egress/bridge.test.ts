import { afterEach, describe, expect, it } from "vitest";
import { silentLog } from "../../src/kernel/log.ts";
import { type BridgeOptions, type RunningBridge, runBridge } from "../../src/matrix/bridge.ts";
import { homeserverAway } from "../../src/matrix/homeserver/index.ts";

const registration = {
  id: "microdao",
  url: "http://127.0.0.1:9009",
  asToken: "as",
  hsToken: "hs",
  senderLocalpart: "microdao_appservice",
  rateLimited: false,
  namespaces: {
    users: [
      { exclusive: true, regex: String.raw`^@microdao:example\.org$` },
      { exclusive: true, regex: String.raw`^@dao_[^:]+:example\.org$` },
    ],
    aliases: [{ exclusive: true, regex: String.raw`^#dao_[^:]+:example\.org$` }],
    rooms: [],
  },
};

let bridge: RunningBridge | undefined;
afterEach(() => bridge?.close());

async function run(options: Partial<BridgeOptions> = {}): Promise<RunningBridge> {
  bridge = await runBridge({
    homeserverUrl: "http://127.0.0.1:1",
    serverName: "example.org",
    registration,
    isUserWanted: () => Promise.resolve(false),
    roomOfAlias: () => Promise.resolve(undefined),
    log: silentLog,
    ...options,
  });
  return bridge;
}

describe("matrix-appservice-bridge on a listener of our own", () => {
  it("tells our users from others by the registration", async () => {
    const { isOwnUser } = await run();
    expect(["@microdao:example.org", "@dao_sofia:example.org"].every(isOwnUser)).toBe(true);
    const strangers = [
      "@alice:example.org",
      "@dao_sofia:example.org.evil",
      "@microdao_appservice:example.org",
    ];
    expect(strangers.some(isOwnUser)).toBe(false);
  });

  it("43: a wanted user is asked for by its exact id, an unwanted one does not exist", async () => {
    const asked: string[] = [];
    const { queries } = await run({
      isUserWanted: (userId) => {
        asked.push(userId);
        return Promise.resolve(userId.startsWith("@dao_so"));
      },
    });
    expect(await queries.user("@dao_so=c3/a:example.org")).toBe(true);
    expect(await queries.user("@dao_nobody:example.org")).toBe(false);
    expect(await queries.user("@alice:example.org")).toBe(false);
    expect(asked).toEqual(["@dao_so=c3/a:example.org", "@dao_nobody:example.org"]);
  });

  it("44: an alias exists when a room has it, and nothing is made otherwise", async () => {
    const { queries } = await run({
      roomOfAlias: (alias) => Promise.resolve(alias === "#dao_general:example.org" ? "!room" : undefined),
    });
    expect(await queries.alias("#dao_general:example.org")).toBe(true);
    expect(await queries.alias("#dao_other:example.org")).toBe(false);
    expect(await queries.alias("#general:example.org")).toBe(false);
  });

  it("45: the same question at the same time is asked once", async () => {
    let asked = 0;
    const { queries } = await run({
      isUserWanted: async () => {
        asked += 1;
        await new Promise((wake) => setTimeout(wake, 20));
        return true;
      },
    });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => queries.user("@dao_sofia:example.org")),
    );
    expect(answers).toEqual(Array.from({ length: 8 }, () => true));
    expect(asked).toBe(1);
    await queries.user("@dao_sofia:example.org");
    expect(asked).toBe(2);
  });

  it("a homeserver that is away is no answer, any other failure is a no", async () => {
    const away = homeserverAway({ why: "x", status: undefined, errcode: undefined, retryAfterMs: undefined });
    const first = await run({ isUserWanted: () => Promise.reject(away) });
    await expect(first.queries.user("@dao_sofia:example.org")).rejects.toSatisfy(homeserverAway.is);
    await first.close();
    const second = await run({ isUserWanted: () => Promise.reject(new TypeError("parked")) });
    expect(await second.queries.user("@dao_sofia:example.org")).toBe(false);
  });

  it("leaves no timer behind when it is closed", async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    const running = await run();
    await running.close();
    bridge = undefined;
    expect(timers()).toBeLessThanOrEqual(before);
  });
});
