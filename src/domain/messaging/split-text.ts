/** Characters that a part has at most, before anybody measures it. */
const longestPart = 16_000;

/** A code fence that is open at some place: how it is closed, and how it begins again. */
interface Fence {
  readonly mark: string;
  readonly opening: string;
}

/**
 * A text in parts that all fit: cut between paragraphs, else between lines, else between words, never within a character.
 * A code block that is cut is closed and begun again in the next part. `fits` must be true of anything short enough.
 */
export function splitText(text: string, fits: (part: string) => boolean): string[] {
  const parts: string[] = [];
  let rest = text;
  let prefix = "";
  while (rest !== "") {
    if (fits(prefix + rest)) {
      parts.push(prefix + rest);
      break;
    }
    const cut = cutOff(prefix, rest, fits);
    parts.push(cut.part);
    rest = cut.rest;
    prefix = cut.prefix;
  }
  return parts;
}

interface Cut {
  readonly part: string;
  readonly rest: string;
  /** What the next part begins with. */
  readonly prefix: string;
}

function cutOff(prefix: string, text: string, fits: (part: string) => boolean): Cut {
  for (let size = Math.min(longestPart, text.length); ; size = Math.floor(size * 0.75)) {
    const end = placeToCut(text, size);
    const head = text.slice(0, end);
    const fence = openFence(prefix + head);
    const closing = fence === undefined ? "" : `${head.endsWith("\n") ? "" : "\n"}${fence.mark}`;
    const part = fence === undefined ? (prefix + head).trimEnd() : prefix + head + closing;
    if (size <= 1 || fits(part)) {
      const rest = text.slice(end);
      return {
        part: part === "" ? prefix + head : part,
        rest: fence === undefined ? rest.replace(/^\n+/, "") : rest,
        prefix: fence === undefined ? "" : `${fence.opening}\n`,
      };
    }
  }
}

/** Where to cut a text, at most so far in. A border in the first third would waste the part. */
function placeToCut(text: string, most: number): number {
  if (text.length <= most) return text.length;
  const window = text.slice(0, most);
  for (const border of ["\n\n", "\n", " "]) {
    const at = window.lastIndexOf(border);
    if (at > most / 3) return at + border.length;
  }
  const last = text.charCodeAt(most - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  return Math.max(isHalf ? most - 1 : most, isHalf && most === 1 ? 2 : 1);
}

/** The code block that a text leaves open (CommonMark, fenced code blocks). */
function openFence(text: string): Fence | undefined {
  let open: Fence | undefined;
  for (const line of text.split("\n")) {
    const [, mark = "", info = ""] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (mark === "") continue;
    if (open === undefined) open = fenceOf(mark, info);
    else if (closes(open.mark, mark, info)) open = undefined;
  }
  return open;
}

/** Backticks with more backticks after them are code within a line. */
function fenceOf(mark: string, info: string): Fence | undefined {
  if (mark.startsWith("`") && info.includes("`")) return undefined;
  return { mark, opening: mark + info.slice(0, 100) };
}

function closes(open: string, mark: string, info: string): boolean {
  return mark[0] === open[0] && mark.length >= open.length && info.trim() === "";
}
