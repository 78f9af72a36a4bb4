import { describe, expect, test } from "vitest";
import type { MigrationStatus } from "../../db/migrate/index.ts";
import type { Answer } from "../../matrix/registration/index.ts";
import type { Verdict } from "./finding.ts";
import { judgeDatabase } from "./judge-database.ts";
import { judgeReachable, judgeRoomVersions, judgeVersions } from "./judge-homeserver.ts";
import { judgeBot, judgeServerName, judgeToken } from "./judge-identity.ts";
import { judgeMigrations } from "./judge-migrations.ts";
import { judgeDeadLetters, judgeEncrypted, judgeLag, judgeOutbox, judgeSends } from "./judge-mirror.ts";
import { judgePing } from "./judge-ping.ts";

const answer = (status: number, body: Record<string, unknown> = {}) =>
  ({ reached: true, status, body, server: undefined }) as const;
const away: Answer = { reached: false, why: "ECONNREFUSED" };

/** A verdict in one line, so that a table of them can be read. */
function said({ status, found, fix }: Verdict): string {
  return [status, found, fix ?? ""].join(" | ");
}

describe("homeserver", () => {
  test.each<[string, Answer, RegExp]>([
    ["away", away, /^fail \| http:\/\/hs does not answer \(ECONNREFUSED\) \| start the homeserver/],
    ["well", answer(200, { versions: ["v1.12"] }), /^ok/],
    ["another web server", answer(200, {}), /^fail .* not as a Matrix homeserver/],
    ["a redirect", answer(301), /^fail .*answers 301 \(a redirect\)/],
  ])("%s", (_, versions, expected) => {
    expect(said(judgeReachable(versions, "http://hs"))).toMatch(expected);
  });

  const synapse = (version: string) => answer(200, { server: { name: "Synapse", version } });
  test.each<[Answer, Answer, RegExp]>([
    [
      answer(200, { versions: ["v1.9", "v1.12", "v1.2", "r0.6.1"] }),
      synapse("1.163.0"),
      /^ok \| Synapse 1\.163\.0, .*v1\.12/,
    ],
    [answer(200, { versions: ["v1.12"] }), synapse("1.119.1"), /^warn .*upgrade Synapse to 1\.120/],
    [
      { ...answer(200, { versions: ["v1.12"] }), server: "Synapse/1.163.0" },
      answer(404),
      /^ok \| Synapse 1\.163\.0/,
    ],
    [{ ...answer(200, { versions: ["v1.12"] }), server: "nginx/1.22" }, answer(404), /^ok \| Matrix up to/],
    [answer(200, { versions: ["v1.6"] }), synapse("1.163.0"), /^warn .*needs v1\.7/],
    [answer(200, { versions: ["v1.12"] }), answer(404), /^ok \| Matrix up to v1\.12/],
    [answer(200, { versions: [] }), away, /^warn \| not looked at/],
  ])("versions %#", (versions, software, expected) => {
    expect(said(judgeVersions(versions, software))).toMatch(expected);
  });

  test("131: a feature that the homeserver names counts, whatever specification it says that it follows", () => {
    const features = (stable: boolean) => ({ "fi.mau.msc2659.stable": stable });
    const told = (stable: boolean) =>
      said(
        judgeVersions(
          answer(200, { versions: ["v1.6"], unstable_features: features(stable) }),
          synapse("1.163.0"),
        ),
      );
    expect(told(true)).toMatch(/^ok/);
    expect(told(false)).toMatch(/^warn .*needs v1\.7/);
  });

  const rooms = (usual: unknown, available: object) =>
    answer(200, { capabilities: { "m.room_versions": { default: usual, available } } });
  test.each<[Answer, RegExp]>([
    [
      rooms("11", { "1": "stable", "12": "stable", "org.matrix.hydra.11": "unstable" }),
      /^ok \| .*version 11/,
    ],
    [rooms("11", { "11": "stable", "13": "stable" }), /^warn \| room version 13 is newer/],
    [rooms("13", { "13": "stable" }), /^warn \| room version 13 is newer/],
    [answer(403), /^warn \| not looked at/],
    [answer(200, { capabilities: null }), /^warn \| not looked at/],
  ])("room versions %#", (capabilities, expected) => {
    expect(said(judgeRoomVersions(capabilities))).toMatch(expected);
  });
});

describe("identity", () => {
  test.each<[Answer, RegExp]>([
    [answer(200, { user_id: "@microdao_appservice:hs" }), /^ok .*@microdao_appservice:hs/],
    [
      answer(401, { errcode: "M_UNKNOWN_TOKEN", error: "Unrecognised" }),
      /^fail .*does not know the as_token.*restart/,
    ],
    [answer(500), /^fail .*HTTP 500/],
    [away, /^fail .*ECONNREFUSED/],
  ])("token %#", (whoami, expected) => {
    expect(said(judgeToken(whoami))).toMatch(expected);
  });

  test("the server name is the one that the token's user has, port included", () => {
    const whoami = answer(200, { user_id: "@a:hs:8448" });
    expect(judgeServerName(whoami, "hs:8448").status).toBe("ok");
    expect(said(judgeServerName(whoami, "hs"))).toMatch(
      /^fail .*is hs:8448, configured is hs .*MATRIX_SERVER_NAME=hs:8448/,
    );
  });

  test.each<[Answer, RegExp]>([
    [answer(200, { user_id: "@b:hs" }), /^ok/],
    [
      answer(403, {
        errcode: "M_FORBIDDEN",
        error: "Application service has not registered this user (@b:hs)",
      }),
      /^warn .*does not exist yet/,
    ],
    [
      answer(403, {
        errcode: "M_FORBIDDEN",
        error: "Application service cannot masquerade as this user (@b:hs)",
      }),
      /^fail .*masquerade/,
    ],
    [answer(200, { user_id: "@other:hs" }), /^fail/],
  ])("bot %#", (whoami, expected) => {
    expect(said(judgeBot(whoami, "@b:hs"))).toMatch(expected);
  });
});

describe("the way back", () => {
  const url = "http://bridge:9009";
  const ping = (status: number, body: Record<string, unknown>, health: Answer = away) =>
    said(judgePing({ answer: answer(status, body), url, health }));
  const errcode = (code: string, more: object = {}) => ({ errcode: code, error: "its own words", ...more });

  test.each<[string, string, RegExp]>([
    ["well", ping(200, { duration_ms: 3 }), /^ok \| the homeserver reaches http:\/\/bridge:9009 \(3 ms\)/],
    [
      "bridge not running",
      ping(502, errcode("M_CONNECTION_FAILED")),
      /^fail .*its own words.*nothing answers from here either \| start the bridge/,
    ],
    [
      "not reachable from there",
      ping(502, errcode("M_CONNECTION_FAILED"), answer(200)),
      /^fail .*answers from here \| .*BRIDGE_URL/,
    ],
    ["hanging", ping(504, errcode("M_CONNECTION_TIMEOUT")), /^fail .*gets no answer/],
    ["another hs_token", ping(502, errcode("M_BAD_STATUS", { status: 403 })), /^fail .*different hs_tokens/],
    [
      "another program",
      ping(502, errcode("M_BAD_STATUS", { status: 404 })),
      /^fail .*something else than the bridge/,
    ],
    ["a broken bridge", ping(502, errcode("M_BAD_STATUS", { status: 503 })), /^fail .*HTTP 503.*log/],
    [
      "a redirect",
      ping(502, { errcode: "M_CONNECTION_FAILED", error: "[PageRedirect: 308 Permanent]" }),
      /^fail .*redirect/,
    ],
    ["no url", ping(400, errcode("M_URL_NOT_SET")), /^fail .*without a url/],
    [
      "another id",
      ping(403, errcode("M_FORBIDDEN")),
      /^fail .*loaded another registration \(M_FORBIDDEN: its own words\)/,
    ],
    ["an old homeserver", ping(404, errcode("M_UNRECOGNIZED")), /^warn \| not looked at/],
    ["something new", ping(500, errcode("M_UNKNOWN")), /^fail .*M_UNKNOWN: its own words/],
  ])("%s", (_, verdict, expected) => {
    expect(verdict).toMatch(expected);
  });
});

describe("database", () => {
  test("PostgreSQL 15 with pgvector is needed", () => {
    expect(judgeDatabase({ version: "15.14 (Debian)", versionNumber: 150_014, vector: "0.8.0" })).toEqual({
      status: "ok",
      found: "PostgreSQL 15.14, pgvector 0.8.0",
    });
    expect(judgeDatabase({ version: "14.1", versionNumber: 140_001, vector: "0.8.0" }).status).toBe("fail");
    expect(said(judgeDatabase({ version: "16.1", versionNumber: 160_001, vector: undefined }))).toMatch(
      /^fail .*pgvector/,
    );
  });

  test("migrations are all there, or it says which command helps", () => {
    const given = (state: MigrationStatus["state"]) =>
      said(judgeMigrations([{ name: "000001_init", state, appliedAt: null }]));
    expect(given("applied")).toMatch(/^ok .*all 1/);
    expect(given("pending")).toMatch(/^fail .*migrate up/);
    expect(given("failed")).toMatch(/^fail .*migrate force 000001_init/);
    expect(given("unknown")).toMatch(/^fail .*000001_init is newer/);
    expect(given("edited")).toMatch(/^warn .*000001_init/);
  });
});

describe("mirror", () => {
  const calm = {
    channels: 3,
    encryptedChannels: 0,
    deadLetters: 0,
    sendsWaiting: 0,
    sendsFailed: 0,
    sendsUnconfirmed: 0,
    backfillsFailed: 0,
    backfillsUnfinished: 0,
    lastTransactionSeconds: 5,
    outboxOldestSeconds: undefined,
  };

  test("a calm mirror is well", () => {
    const verdicts = [judgeEncrypted, judgeLag, judgeDeadLetters, judgeSends].map(
      (judge) => judge(calm).status,
    );
    expect([...verdicts, judgeOutbox(calm).status]).toEqual(["ok", "ok", "ok", "ok", "ok"]);
  });

  test.each([
    [judgeEncrypted({ ...calm, encryptedChannels: 1 }), /^warn \| 1 of 3 rooms \| .*not what/],
    [judgeLag({ ...calm, lastTransactionSeconds: undefined }), /^warn \| no transaction has come yet/],
    [judgeLag({ ...calm, backfillsFailed: 1 }), /^warn \| the history of 1 room could not/],
    [
      judgeLag({ ...calm, lastTransactionSeconds: 10_000, backfillsUnfinished: 2 }),
      /^ok \| .*3 h ago; history of 2 rooms/,
    ],
    [judgeDeadLetters({ ...calm, deadLetters: 2 }), /^warn \| 2 events .*deadletters list/],
    [judgeSends({ ...calm, sendsWaiting: 1, sendsFailed: 2 }), /^warn \| 1 waiting .*, 2 failed/],
    [judgeSends({ ...calm, sendsUnconfirmed: 4 }), /^warn \| 4 sent/],
    [judgeOutbox({ ...calm, outboxOldestSeconds: 600 }), /^ok \| events are kept .*10 min old/],
  ])("%#", (verdict, expected) => {
    expect(said(verdict)).toMatch(expected);
  });
});
