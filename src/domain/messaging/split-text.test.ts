import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitText } from "./split-text.ts";

const within = (bytes: number) => (part: string) => Buffer.byteLength(part) <= bytes;
const word = fc.constantFrom(
  "a",
  "word",
  "é",
  "👩‍🚀",
  " ",
  "\n",
  "\n\n",
  "```\n",
  "~~~~\n",
  "```ts\n",
  "longer words here",
);

describe("splitText", () => {
  it("whatever the text, every part fits, is well-formed, and no word is lost or said twice", () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 300 }), fc.integer({ min: 60, max: 400 }), (words, limit) => {
        const text = words.join("");
        const parts = splitText(text, within(limit));
        const said = (texts: readonly string[]) => texts.join("").replaceAll(/[`~]{3,}(?:ts)?|\s/g, "");
        for (const part of parts) {
          expect(Buffer.byteLength(part)).toBeLessThanOrEqual(limit);
          expect(part.isWellFormed()).toBe(true);
        }
        // Fences that are closed and begun again are no words.
        expect(said(parts)).toBe(said([text]));
      }),
    );
  });

  it("70: cuts between paragraphs, else between lines, else between words", () => {
    expect(splitText("one two\n\nthree four", within(12))).toEqual(["one two", "three four"]);
    expect(splitText("one two\nthree four", within(12))).toEqual(["one two", "three four"]);
    expect(splitText("one two three four", within(14))).toEqual(["one two", "three four"]);
    expect(splitText("short", within(12))).toEqual(["short"]);
  });

  it("70: a code block is closed where it is cut and begun again with its language", () => {
    const parts = splitText(`\`\`\`ts\n${"const a = 1;\n".repeat(8)}\`\`\`\n`, within(80));
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) expect(part).toMatch(/^```ts\n(?:const a = 1;\n)+```\n?$/);
  });
});
