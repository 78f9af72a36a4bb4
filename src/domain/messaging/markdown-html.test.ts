import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { markdownToHtml } from "./markdown-html.ts";

describe("Markdown as HTML", () => {
  it("79: what the specification allows is kept", () => {
    expect(markdownToHtml("# Title\n\n1. one\n2. ~~two~~\n\n```js\nlet a;\n```")).toBe(
      '<h1>Title</h1>\n<ol>\n<li>one</li>\n<li><s>two</s></li>\n</ol>\n<pre><code class="language-js">let a;\n</code></pre>',
    );
    expect(markdownToHtml("| a |\n|---|\n| b |")).toContain("<table>");
    expect(markdownToHtml("[site](https://example.org)")).toBe(
      '<p><a href="https://example.org">site</a></p>',
    );
  });

  it("79: scripts, pictures and odd addresses are not", () => {
    const text =
      "<script>x()</script> [a](javascript:alert(1)) ![p](https://e.org/p.png) <img src=x onerror=y>";
    const html = markdownToHtml(text);
    expect(html).not.toMatch(/<(?:script|img)|href="javascript/);
    expect(html).toContain("&lt;script&gt;");
  });

  it("79: whatever comes in, only listed tags come out", () => {
    const listed =
      /^<\/?(?:del|h[1-6]|blockquote|p|a|ul|ol|li|strong|em|s|code|hr|br|table|thead|tbody|tr|th|td|pre)(?: (?:href|start|class)="[^"]*")*(?: ?\/)?>$/;
    const piece = fc.constantFrom(
      "<b onclick=x>",
      "**",
      "`",
      "\n\n",
      "- ",
      "[a](",
      ")",
      "<",
      ">",
      "|",
      "---",
      "# ",
      "&lt;",
      "'\"",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (parts) => {
        for (const tag of markdownToHtml(parts.join("")).match(/<[^>]*>/g) ?? []) expect(tag).toMatch(listed);
      }),
    );
  });
});
