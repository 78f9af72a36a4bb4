import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { at, integerAt, jsonOf, objectAt, stringAt } from "./json.ts";

describe("reading untrusted JSON", () => {
  it("sees only what an object has itself", () => {
    for (const key of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
      expect(at({}, key)).toBeUndefined();
      expect(at(JSON.parse(`{"${key}":1}`), key)).toBe(1);
    }
  });

  it("gives nothing of a wrong type", () => {
    for (const value of [null, undefined, [], "x", 5]) expect(at(value, "length")).toBeUndefined();
    expect([stringAt({ a: 1 }, "a"), objectAt({ a: [] }, "a"), objectAt({ a: null }, "a")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([1.5, 2 ** 53, Number.NaN, "1"].map((a) => integerAt({ a }, "a"))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("writing JSON", () => {
  it("is JSON.stringify for whatever came from JSON, nested as deep as it may be", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const value: unknown = JSON.parse(json);
        expect(jsonOf(value)).toBe(JSON.stringify(value));
        const levels = 20_000;
        const deep = `${'[{"a":'.repeat(levels)}${JSON.stringify(value)}${"}]".repeat(levels)}`;
        expect(jsonOf(JSON.parse(deep)) === deep).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it("writes keys and texts as JSON does", () => {
    const odd = '{"__proto__":{"a\\"\\u0000":["\\ud800",null,true,1e+21]},"":{}}';
    const levels = 50_000;
    const deep = `[${odd},${"[".repeat(levels)}${"]".repeat(levels)}]`;
    expect(jsonOf(JSON.parse(deep)) === deep).toBe(true);
  });
});
