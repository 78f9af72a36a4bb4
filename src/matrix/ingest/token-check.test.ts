import { describe, expect, it } from "vitest";
import { tokenCheck } from "./token-check.ts";

describe("the homeserver's token", () => {
  const check = tokenCheck("secret");

  it.each([
    ["Bearer secret", undefined, "ok"],
    ["bearer secret", undefined, "ok"],
    ["Bearer  secret", undefined, "ok"],
    ["Bearer secret", "secret", "ok"],
    ["Bearer secret", "other", "wrong"],
    ["Bearer secret", ["secret"], "wrong"],
    ["Bearer secret", "", "wrong"],
    ["Bearer other", "secret", "wrong"],
    ["Bearer secre", undefined, "wrong"],
    ["Bearer secret\u0000", undefined, "wrong"],
    ["Bearer secret secret", undefined, "missing"],
    ["Foobar secret", undefined, "missing"],
    ["secret", undefined, "missing"],
    ["", undefined, "missing"],
    [undefined, "secret", "missing"],
    [undefined, undefined, "missing"],
  ])("%j with %j in the query is %s", (authorization, query, verdict) => {
    expect(check(authorization, query)).toBe(verdict);
  });

  it("is never right when there is none to compare with", () => {
    for (const authorization of [undefined, "", "Bearer", "Bearer ", "Bearer undefined", "Bearer null"]) {
      expect(tokenCheck("")(authorization, undefined)).not.toBe("ok");
    }
  });
});
