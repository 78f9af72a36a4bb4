import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openSealer, sealBroken } from "./sealing.ts";

const sealer = openSealer(new Uint8Array(32).fill(7));

function refusalOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (sealBroken.is(error)) return error.details.reason;
    throw error;
  }
  return "opened";
}

describe("sealed secrets", () => {
  it("whatever is sealed comes back in its place, and looks different each time", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), (secret, place) => {
        const sealed = sealer.seal(place, secret);
        expect(sealer.open(place, sealed)).toBe(secret);
        expect(sealer.seal(place, secret)).not.toBe(sealed);
      }),
    );
  });

  it("cannot be opened in another place", () => {
    const sealed = sealer.seal("hooks.secret:1", "whsec_abc");
    expect(refusalOf(() => sealer.open("hooks.secret:2", sealed))).toContain("somewhere else");
  });

  it("can be opened after the SECRETS_KEK was replaced, as long as the old one is named", () => {
    const sealed = sealer.seal("a", "secret");
    const [old, fresh] = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(9)];
    const rotated = openSealer(fresh, old);
    expect(rotated.open("a", sealed)).toBe("secret");
    expect(openSealer(fresh).open("a", rotated.seal("a", "newer"))).toBe("newer");
  });

  it("with another SECRETS_KEK is told apart from a change", () => {
    const sealed = sealer.seal("a", "secret");
    const other = openSealer(new Uint8Array(32).fill(8));
    expect(refusalOf(() => other.open("a", sealed))).toContain("another SECRETS_KEK");
    expect(refusalOf(() => sealer.open("a", `${sealed.slice(0, -3)}AAA`))).toContain("changed");
    for (const junk of ["", "secret", "v1.short.AAAA", "v2.aaaaaaaa.AAAA"]) {
      expect(refusalOf(() => sealer.open("a", junk))).toContain("no sealed secret");
    }
  });
});
