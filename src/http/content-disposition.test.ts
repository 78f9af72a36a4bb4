import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentDisposition } from "./content-disposition.ts";

describe("contentDisposition", () => {
  it("names the file for old and for new readers", () => {
    expect(contentDisposition(false, "звіт 1.pdf")).toBe(
      `attachment; filename="____ 1.pdf"; filename*=UTF-8''%D0%B7%D0%B2%D1%96%D1%82%201.pdf`,
    );
    expect(contentDisposition(true, "it's (1).png")).toBe(
      `inline; filename="it's (1).png"; filename*=UTF-8''it%27s%20%281%29.png`,
    );
    expect(contentDisposition(true, null)).toBe("inline");
  });

  it("122: a hostile name neither ends the header nor the quotes, nor leads elsewhere", () => {
    expect(contentDisposition(false, 'a"; x="\r\nset-cookie: a=b/../\\c\u202Egpj.exe')).toBe(
      `attachment; filename="a_; x=___set-cookie: a=b_..__c_gpj.exe"; filename*=UTF-8''` +
        "a%22%3B%20x%3D%22__set-cookie%3A%20a%3Db_..__c_gpj.exe",
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
        expect(contentDisposition(false, name)).toMatch(
          /^attachment(?:; filename="[\x20\x21\x23-\x7e]*"; filename\*=UTF-8''[A-Za-z0-9%._~!-]*)?$/,
        );
      }),
    );
  });
});
