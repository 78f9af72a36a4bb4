import { declareError } from "../../kernel/errors.ts";

/**
 * Example texts that a regular expression matches from end to end, for asking two expressions whether they overlap and
 * whether one lets strangers in. Understands what registrations use: literals, escapes, classes, groups, alternatives
 * and quantifiers. What it cannot read (look-around, back-references) gives no samples; callers then say so.
 */
export function regexSamples(source: string): string[] {
  const reader = { source, at: 0 };
  try {
    const samples = readAlternatives(reader);
    return reader.at === source.length ? [...new Set(samples)] : [];
  } catch (error) {
    if (unreadable.is(error)) return [];
    throw error;
  }
}

interface Reader {
  readonly source: string;
  at: number;
}

const most = 48;
const unreadable = declareError("regex_unreadable", "invalid", () => "This expression is not understood.");

function readAlternatives(reader: Reader): string[] {
  const samples = readSequence(reader);
  while (reader.source[reader.at] === "|") {
    reader.at += 1;
    samples.push(...readSequence(reader));
  }
  return samples.slice(0, most);
}

function readSequence(reader: Reader): string[] {
  let samples = [""];
  while (reader.at < reader.source.length && !"|)".includes(reader.source.charAt(reader.at))) {
    const options = readQuantified(reader);
    samples = samples.flatMap((head) => options.map((tail) => head + tail)).slice(0, most);
  }
  return samples;
}

function readQuantified(reader: Reader): string[] {
  const atom = readAtom(reader);
  const quantifier = /^(?:([*+?])|\{(\d*)(,?)(\d*)\})[?+]?/.exec(reader.source.slice(reader.at));
  if (quantifier === null) return atom;
  reader.at += quantifier[0].length;
  const [, sign, least = ""] = quantifier;
  const from = sign === undefined ? Number(least) : sign === "+" ? 1 : 0;
  if (from > 64) throw unreadable({});
  const repeated = atom.map((text) => text.repeat(Math.max(1, from)));
  return from === 0 ? [...repeated, ""] : repeated;
}

function readAtom(reader: Reader): string[] {
  const sign = reader.source.charAt(reader.at);
  reader.at += 1;
  switch (sign) {
    case "(":
      return readGroup(reader);
    case "[":
      return [readClass(reader)];
    case "\\":
      return [readEscape(reader)];
    case ".":
      return ["x"];
    case "^":
    case "$":
      return [""];
    default:
      return [sign];
  }
}

function readGroup(reader: Reader): string[] {
  const rest = reader.source.slice(reader.at);
  const opening = /^\?(?::|P?<[A-Za-z_]\w*>)/.exec(rest);
  if (opening !== null) reader.at += opening[0].length;
  else if (rest.startsWith("?")) throw unreadable({});
  const samples = readAlternatives(reader);
  if (reader.source[reader.at] !== ")") throw unreadable({});
  reader.at += 1;
  return samples;
}

function readClass(reader: Reader): string {
  const rest = reader.source.slice(reader.at);
  const body = /^\^?\]?(?:\\.|[^\]\\])*\]/.exec(rest);
  if (body === null) throw unreadable({});
  reader.at += body[0].length;
  try {
    const matcher = new RegExp(`^[${body[0]}$`);
    const found = Array.from("xa0z9_-.=/+XA:@#!% ").find((candidate) => matcher.test(candidate));
    if (found !== undefined) return found;
  } catch {
    throw unreadable({});
  }
  throw unreadable({});
}

function readEscape(reader: Reader): string {
  const sign = reader.source.charAt(reader.at);
  reader.at += 1;
  const known: Record<string, string> = {
    d: "0",
    w: "x",
    s: " ",
    D: "x",
    W: "-",
    S: "x",
    b: "",
    A: "",
    Z: "",
  };
  const sample = known[sign];
  if (sample !== undefined) return sample;
  if (sign === "" || /[A-Za-z0-9]/.test(sign)) throw unreadable({});
  return sign;
}
