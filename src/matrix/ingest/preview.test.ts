import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { previewLength, previewOf, withoutReplyFallback } from "./preview.ts";

describe("a preview", () => {
  const anyText = fc.oneof(
    fc.string({ maxLength: 3_000, unit: "binary" }),
    fc.string({ maxLength: 700, unit: "grapheme" }),
    fc
      .array(fc.constantFrom("👩‍👩‍👧‍👦", "🇺🇦", "e\u0301", "\ud800", "\0", " ", "\n", "x", "…"), {
        maxLength: 900,
      })
      .map((parts) => parts.join("")),
  );

  it("is at most 280 characters, can be stored, and is the beginning of the text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const preview = previewOf(text);
        expect(preview.length).toBeLessThanOrEqual(previewLength);
        expect(preview.isWellFormed()).toBe(true);
        expect(preview).not.toContain("\0");
        expect(preview).toBe(preview.trim());
        const whole = text.toWellFormed().replaceAll("\0", "\ufffd").trimStart();
        if (preview === whole.trimEnd()) return;
        expect(preview.endsWith("…")).toBe(true);
        expect(whole.startsWith(preview.slice(0, -1))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("never ends inside a grapheme that is shorter than a preview", () => {
    const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
    const unit = fc.constantFrom("👩‍👩‍👧‍👦", "🇺🇦", "e\u0301", "ก็", "👍🏽", "x");
    fc.assert(
      fc.property(fc.array(unit, { minLength: 100, maxLength: 400 }), (units) => {
        const text = units.join("");
        const preview = previewOf(text);
        if (preview === text) return;
        const boundaries = new Set(Array.from(graphemes.segment(text), ({ index }) => index));
        expect(boundaries.has(preview.length - 1)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it("of one grapheme without end is cut between code points", () => {
    const zalgo = `z${"\u0301".repeat(5_000)}`;
    expect(previewOf(zalgo)).toBe(`z${"\u0301".repeat(278)}…`);
    const flags = `👩${"\u200d👩".repeat(500)}`;
    expect(previewOf(flags).isWellFormed()).toBe(true);
    expect(previewOf(flags)).toHaveLength(280);
  });

  it("says so when there was more, also when what is shown is short", () => {
    expect(previewOf(`a${" ".repeat(4_000)}b`)).toBe("a…");
    expect(previewOf(`${" ".repeat(4_000)}b`)).toBe("b");
    expect(previewOf(" \n\t ")).toBe("");
  });

  it("is made of 64 KiB in no time", () => {
    const began = performance.now();
    for (let turn = 0; turn < 200; turn += 1) previewOf("👩‍👩‍👧‍👦".repeat(2_600));
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});

describe("the reply fallback", () => {
  it.each([
    ["> <@a:b> question\n\nanswer", "answer"],
    ["> <@a:b> question\nanswer", "answer"],
    ["> one\n> two\n>\n\nanswer\n\nmore", "answer\n\nmore"],
    ["> one\n\n\nanswer", "\nanswer"],
    ["> only a quote", "> only a quote"],
    [">not a quote\n\nx", ">not a quote\n\nx"],
    ["no quote", "no quote"],
    ["> one\n\n> of the answer", "> of the answer"],
    ["", ""],
  ])("of %j leaves %j", (body, rest) => {
    expect(withoutReplyFallback(body)).toBe(rest);
  });
});
