import { describe, expect, it } from "vitest";
import { bug } from "../kernel/errors.ts";
import { faultOf, sqlState } from "./postgres-errors.ts";

describe("what a failed statement means", () => {
  it.each([
    ["40001", "conflict"],
    ["40P01", "conflict"],
    ["57P01", "away"],
    ["57P03", "away"],
    ["08006", "away"],
    ["53300", "away"],
    ["53100", "away"],
    ["58030", "away"],
    ["25006", "away"],
    ["28P01", "away"],
    ["3D000", "away"],
    ["23505", "data"],
    ["23514", "data"],
    ["22P05", "data"],
    ["21000", "data"],
    ["54001", "data"],
    ["42P01", "other"],
    ["42501", "other"],
    ["25P02", "other"],
    ["57014", "away"],
    ["25P03", "away"],
  ])("%s is %s, however deep it lies", (code, fault) => {
    const plain = Object.assign(new Error("x"), { code, severity: "ERROR" });
    expect(faultOf(plain)).toBe(fault);
    expect(faultOf(new Error("wrapped", { cause: plain }))).toBe(fault);
    expect(sqlState(plain)).toBe(code);
  });

  it.each([
    Object.assign(new Error("connect"), { code: "ECONNREFUSED" }),
    Object.assign(new Error("read"), { code: "ECONNRESET" }),
    new Error("Connection terminated unexpectedly"),
    new Error("timeout exceeded when trying to connect"),
    new AggregateError([Object.assign(new Error("x"), { code: "ECONNREFUSED" })], "all addresses failed"),
  ])("a database that cannot be reached is away: %s", (error) => {
    const known = error instanceof AggregateError ? Object.assign(error, { code: "ECONNREFUSED" }) : error;
    expect(faultOf(known)).toBe("away");
  });

  it("anything else is other, whatever was thrown", () => {
    for (const thrown of [
      bug("x"),
      new TypeError("x"),
      undefined,
      null,
      "57P01",
      5,
      {},
      { code: 5 },
      { code: "23505" },
    ]) {
      expect(faultOf(thrown)).toBe("other");
    }
  });

  it("an error that is its own cause is no endless search", () => {
    const error = new Error("x");
    error.cause = error;
    expect(faultOf(error)).toBe("other");
  });
});
