import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { randomToken } from "../../kernel/random.ts";
import { registrationUnusable } from "./faults.ts";
import { generateRegistration } from "./generate-registration.ts";
import { parseRegistration } from "./read-registration.ts";
import { exampleNames, tokenPlaceholder } from "./template.ts";

const newToken = () => randomToken(48);
const fresh = () => generateRegistration({ names: exampleNames, newToken }).text;
const again = (existing: string, rotateTokens = false) =>
  generateRegistration({ names: exampleNames, newToken, existing, rotateTokens });
const tokens = (text: string) => {
  const raw = parseRegistration("x", text);
  return [raw["as_token"], raw["hs_token"]] as [string, string];
};

test("2: two registrations have four different tokens of at least 256 bits, and an id without a pipe", () => {
  const all = [...tokens(fresh()), ...tokens(fresh())];
  expect(new Set(all).size).toBe(4);
  for (const token of all) expect(Buffer.from(token, "base64url").length).toBeGreaterThanOrEqual(32);
  expect(parseRegistration("x", fresh())["id"]).not.toContain("|");
});

test("the template at the top of the repository is the one that is filled in", () => {
  const text = generateRegistration({ names: exampleNames, newToken: () => tokenPlaceholder }).text;
  expect(readFileSync("registration.yaml", "utf8")).toBe(text);
});

describe("an existing file", () => {
  test("without anything to change stays as it is, byte by byte", () => {
    const odd = fresh().replace("rate_limited: false", "rate_limited:    no");
    expect(again(odd)).toEqual({ text: odd, changes: [] });
  });

  test("9: keeps its tokens, the keys that we do not know, and its comments", () => {
    const before =
      `# ours\n${fresh()}org.matrix.msc3202: true # for keys\nio.element.msc4190: false\nprotocols: [irc]\n`.replace(
        "rate_limited: false",
        "rate_limited: true # slow",
      );
    const { text, changes } = again(before);
    expect(changes).toEqual(["rate_limited: true is now false"]);
    expect(tokens(text)).toEqual(tokens(before));
    expect(text).toContain("# ours\n");
    expect(text).toContain("rate_limited: false # slow");
    expect(text).toContain("org.matrix.msc3202: true # for keys");
    expect(parseRegistration("x", text)).toMatchObject({ "io.element.msc4190": false, protocols: ["irc"] });
  });

  test("has its tokens replaced when that is asked for", () => {
    const before = fresh();
    const { text, changes } = again(before, true);
    expect(changes).toEqual(["as_token: new", "hs_token: new"]);
    expect(new Set([...tokens(before), ...tokens(text)]).size).toBe(4);
  });

  test("has placeholders and missing tokens replaced without being asked", () => {
    const [asToken] = tokens(fresh());
    const before = `as_token: ${asToken}\nhs_token: ${tokenPlaceholder}\n`;
    const { text } = again(before);
    expect(tokens(text)[0]).toBe(asToken);
    expect(tokens(text)[1]).not.toBe(tokenPlaceholder);
  });

  test("keeps good namespace entries of others and loses faulty ones", () => {
    const before = fresh().replace(
      "  aliases:",
      () =>
        "    - { exclusive: false, regex: '^@old_[^:]+:example\\.org$' }\n    - { exclusive: true, regex: '@.*' }\n  aliases:",
    );
    const { text, changes } = again(before);
    expect(changes).toEqual(['namespaces.users: {"exclusive":true,"regex":"@.*"} is taken out']);
    expect(text).toContain("@old_");
  });

  test("is brought to other names", () => {
    const names = { ...exampleNames, serverName: "matrix.example.net:8448", bridgeUrl: "http://bridge:80" };
    const { text } = generateRegistration({ names, newToken, existing: fresh() });
    expect(text).not.toContain("example\\.org");
    expect(parseRegistration("x", text)["url"]).toBe("http://bridge:80");
  });

  test.each([
    "",
    "- a\n",
    "just text\n",
    "a: [\n",
    "a: 1\na: 2\n",
    "a: &a [1, 2]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n",
  ])("that is no mapping is refused and not overwritten: %j", (existing) => {
    expect(() => again(existing)).toThrow(expect.toSatisfy(registrationUnusable.is));
  });
});
