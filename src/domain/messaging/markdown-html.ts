import MarkdownIt from "markdown-it";
import sanitize from "sanitize-html";

const markdown = new MarkdownIt({ html: false, linkify: false, breaks: true }).disable("image");

/**
 * What rooms may be shown. https://spec.matrix.org/v1.19/client-server-api/#mroommessage-msgtypes, without images,
 * because a picture's address must be `mxc://` and Markdown has none.
 */
const allowed: sanitize.IOptions = {
  allowedTags:
    "del h1 h2 h3 h4 h5 h6 blockquote p a ul ol sup sub li b i u strong em s code hr br div table thead tbody tr th td caption pre span details summary".split(
      " ",
    ),
  allowedAttributes: { a: ["href"], ol: ["start"] },
  allowedClasses: { code: ["language-*"] },
  allowedSchemes: ["https", "http", "ftp", "mailto", "magnet"],
  allowProtocolRelative: false,
  disallowedTagsMode: "discard",
};

/** Markdown (CommonMark with tables and strikethrough) as HTML that Matrix clients show. HTML in it is shown as text. */
export function markdownToHtml(text: string): string {
  return sanitize(markdown.render(text), allowed).trimEnd();
}
