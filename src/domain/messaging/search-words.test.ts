import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { queryOf, snippetOf, wordsOf } from "./search-words.ts";

describe("words", () => {
  it("are in lower case, whatever their script, and without what stands between them", () => {
    expect(wordsOf("Вода, ХЛІБ & https://Example.org/a?b=1 — Ａ1")).toBe(
      "вода хліб https example org a b 1 a1",
    );
    expect(wordsOf("!? …")).toBe("");
  });

  it("of a query keep quotes, or, and a dash before a word", () => {
    expect(queryOf('"Good Day" or -bad well-known :* & | ! ( \\')).toBe('"good day" or -bad well known');
  });
});

describe("snippets", () => {
  it("mark the words that were asked for, whole ones only", () => {
    expect(snippetOf("Tea for two, TEAM!", "tea -two")).toBe("<mark>Tea</mark> for two, TEAM!");
    expect(snippetOf("Вода", '"вода"')).toBe("<mark>Вода</mark>");
  });

  it("are safe HTML, whatever the text and the query", () => {
    expect(snippetOf(`<b onclick="x('y')">&amp;`, "b")).toBe(
      "&lt;<mark>b</mark> onclick=&quot;x(&#39;y&#39;)&quot;&gt;&amp;amp;",
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (text, query) => {
        const rest = snippetOf(text, query).replaceAll(/<mark>[^<]*<\/mark>/g, "");
        expect(rest).not.toMatch(/[<>"']/);
      }),
    );
  });
});
