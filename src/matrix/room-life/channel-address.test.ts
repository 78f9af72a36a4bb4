import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aliasLocalpart, parseChannelAddress } from "./channel-address.ts";

const space = { aliasPrefix: "dao_", serverName: "example.org:8448" };

describe("an alias that names a channel", () => {
  it("46: is read exactly", () => {
    expect(parseChannelAddress(space, "#dao_7_plans-2026:example.org:8448")).toEqual({
      microdao: "microdao:7",
      slug: "plans-2026",
    });
  });

  it.each([
    "#dao_7_Plans:example.org:8448",
    "#dao_7_:example.org:8448",
    "#dao_07_plans:example.org:8448",
    "#dao_7_plans:example.org",
    "#dao_plans:example.org:8448",
    "#dao_7_a_b:example.org:8448",
    "#dao_7_a--b:example.org:8448",
    "#dao_7_pläne:example.org:8448",
    "#dao_7_a\n:example.org:8448",
    `#dao_7_${"a".repeat(65)}:example.org:8448`,
    `#dao_${"9".repeat(19)}_a:example.org:8448`,
    "dao_7_plans:example.org:8448",
    "",
  ])("46: %j is none", (alias) => {
    expect(parseChannelAddress(space, alias)).toBeUndefined();
  });

  it("46: whatever is read is written the same way", () => {
    const slug = fc.stringMatching(/^[a-z0-9](?:-?[a-z0-9]){0,20}$/);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 9 }), slug, (number, name) => {
        const address = { microdao: `microdao:${number}`, slug: name };
        const alias = `#${aliasLocalpart(space, address)}:${space.serverName}`;
        expect(parseChannelAddress(space, alias)).toEqual(address);
      }),
    );
  });
});
