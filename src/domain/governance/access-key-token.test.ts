import { describe, expect, it } from "vitest";
import { newId } from "../../kernel/ids.ts";
import {
  formatToken,
  hashKeyOf,
  hashSecret,
  mintToken,
  parseToken,
  secretMatches,
} from "./access-key-token.ts";

const key = hashKeyOf(new Uint8Array(32).fill(7));

describe("access key tokens", () => {
  it("a token comes back in its parts", () => {
    const token = mintToken(newId("ak", new Date(1_700_000_000_000)));
    expect(formatToken(token)).toMatch(/^ak_[0-9a-z]{26}_[A-Za-z0-9_-]{43}$/);
    expect(parseToken(formatToken(token))).toEqual(token);
  });

  it("what is no token is none", () => {
    const good = formatToken(mintToken(newId("ak", new Date(0))));
    const bad = ["", "ak_", good.slice(0, -1), `${good}A`, good.replace("ak_", "ag_"), good.toUpperCase()];
    for (const text of [...bad, `ak_8${good.slice(4)}`, `${good}\n`, ` ${good}`]) {
      expect(parseToken(text), JSON.stringify(text)).toBeUndefined();
    }
  });

  it("only the same secret under the same key matches", () => {
    const { secret } = mintToken("ak_x");
    const stored = hashSecret(key, secret);
    expect(stored).toHaveLength(32);
    expect(secretMatches(key, secret, stored)).toBe(true);
    expect(secretMatches(key, mintToken("ak_x").secret, stored)).toBe(false);
    expect(secretMatches(hashKeyOf(new Uint8Array(32).fill(8)), secret, stored)).toBe(false);
  });

  it("a key without a stored hash matches nothing", () => {
    for (const stored of [null, undefined, new Uint8Array(0), new Uint8Array(32)]) {
      expect(secretMatches(key, "x", stored)).toBe(false);
    }
  });
});
