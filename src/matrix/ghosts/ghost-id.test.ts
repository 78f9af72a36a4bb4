import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agentCodeOf, agentCodeUnusable, ghostIdOf } from "./ghost-id.ts";

const names = { serverName: "example.org", agentPrefix: "dao_" };

describe("the Matrix users of agents", () => {
  it("57: an ordinary code stands for itself, anything else is encoded", () => {
    expect(ghostIdOf(names, "sofia")).toBe("@dao_sofia:example.org");
    expect(ghostIdOf(names, "Sofia é=")).toBe("@dao_=53ofia=20=c3=a9=3d:example.org");
  });

  it("57: every code comes back, within the grammar and within 255 bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 60 }), (code) => {
        fc.pre(code.isWellFormed());
        let userId: string;
        try {
          userId = ghostIdOf(names, code);
        } catch (error) {
          return agentCodeUnusable.is(error);
        }
        return (
          agentCodeOf(names, userId) === code &&
          /^@[a-z0-9._=/+-]+:example\.org$/.test(userId) &&
          Buffer.byteLength(userId) <= 255
        );
      }),
    );
  });

  it("57: a user that is nobody's ghost has no code", () => {
    for (const userId of [
      "@sofia:example.org",
      "@dao_:example.org",
      "@dao_sofia:example.org.evil",
      "@dao_sofia:other.org",
      "@dao_Sofia:example.org",
      "@dao_=61:example.org",
      "@dao_=C3=A9:example.org",
      "@dao_=ff:example.org",
      "@dao_a=6:example.org",
      "dao_sofia",
    ]) {
      expect(agentCodeOf(names, userId), userId).toBeUndefined();
    }
  });

  it("57: at 255 bytes it fits, at 256 it is refused", () => {
    const room = 255 - "@dao_:example.org".length;
    expect(Buffer.byteLength(ghostIdOf(names, "a".repeat(room)))).toBe(255);
    expect(() => ghostIdOf(names, "a".repeat(room + 1))).toThrow(/255 bytes/);
    expect(() => ghostIdOf(names, "é".repeat(Math.ceil(room / 6) + 1))).toThrow(/255 bytes/);
    expect(() => ghostIdOf(names, "")).toThrow(/no text/);
    expect(() => ghostIdOf(names, "\uD800")).toThrow(/no text/);
  });
});
