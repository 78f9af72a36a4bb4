import { describe, expect, it } from "vitest";
import { ghostParked } from "../ghosts/index.ts";
import { homeserverAway, homeserverRefused } from "../homeserver/index.ts";
import { outcomeOf, pauseMs } from "./outcome-of.ts";

const refused = (status: number, errcode: string, retryAfterMs?: number) =>
  homeserverRefused({ status, errcode, reason: "because", retryAfterMs });

describe("what a failed try means", () => {
  it("62: no usable answer means again", () => {
    const away = homeserverAway({
      why: "status 502",
      status: 502,
      errcode: undefined,
      retryAfterMs: undefined,
    });
    expect(outcomeOf(away, 1)).toMatchObject({ is: "again", code: "homeserver_away", reason: "status 502" });
  });

  it("65: told to wait means again, after the time that was asked for", () => {
    expect(outcomeOf(refused(429, "M_LIMIT_EXCEEDED", 7000), 1)).toMatchObject({
      is: "again",
      delayMs: 7000,
    });
    expect(outcomeOf(refused(429, "M_LIMIT_EXCEEDED", 0), 1)).toMatchObject({ is: "again", delayMs: 250 });
    expect(outcomeOf(refused(429, "M_UNKNOWN"), 1)).toMatchObject({ is: "again" });
  });

  it("66: any other refusal is for good, with its code", () => {
    expect(outcomeOf(refused(400, "M_BAD_JSON"), 1)).toEqual({
      is: "failed",
      code: "M_BAD_JSON",
      reason: "because",
    });
    expect(outcomeOf(refused(413, "M_TOO_LARGE"), 9)).toMatchObject({ is: "failed" });
    expect(outcomeOf(ghostParked({ matrixId: "@g:x", reason: "M_USER_LOCKED" }), 1)).toMatchObject({
      is: "failed",
      code: "ghost_parked",
    });
  });

  it("a token that is not known yet costs no message", () => {
    expect(outcomeOf(refused(401, "M_UNKNOWN_TOKEN"), 3)).toMatchObject({ is: "again" });
  });

  it("a fault of ours is nobody's answer", () => {
    expect(outcomeOf(new TypeError("x"), 1)).toBeUndefined();
  });

  it("65: the pauses double up to five minutes, and no two are alike", () => {
    for (const [attempts, seconds] of [
      [1, 1],
      [2, 2],
      [5, 16],
      [12, 300],
      [2000, 300],
    ] as const) {
      expect(pauseMs(attempts, undefined)).toBeGreaterThanOrEqual(seconds * 750);
      expect(pauseMs(attempts, undefined)).toBeLessThanOrEqual(seconds * 1250);
    }
    expect(new Set(Array.from({ length: 20 }, () => pauseMs(8, undefined))).size).toBeGreaterThan(1);
  });
});
