import fc from "fast-check";
import { expect, test } from "vitest";
import { compileHomeserverRegex } from "./homeserver-regex.ts";
import { escapeRegex } from "./names.ts";
import { regexSamples } from "./regex-samples.ts";

test.each([
  ["^@dao_[^:]+:example\\.org$", "@dao_x:example.org"],
  ["@dao_.*:example\\.org", "@dao_:example.org"],
  ["@(irc|xmpp)_.+:a\\.b", "@xmpp_x:a.b"],
  ["@[0-9]{3}:a", "@000:a"],
  ["(?:@a|@b):c", "@b:c"],
  ["(?P<user>@a):c", "@a:c"],
  ["@\\d\\w:c", "@0x:c"],
])("%s gives %s", (regex, sample) => {
  expect(regexSamples(regex)).toContain(sample);
});

test.each(["@(?=x).*", "(@a", "[@", "@\\1", "a{9999}", "@a)"])("%s gives no samples", (regex) => {
  expect(regexSamples(regex)).toEqual([]);
});

test("what a regex gives, the regex matches", () => {
  const atom = fc.constantFrom("a", "@dao_", "\\.", "[a-z]", "[^:]", ".", "(x|y)", "(?:_b)?", "\\d");
  const quantifier = fc.constantFrom("", "*", "+", "?", "{2}", "{1,}", "+?");
  const regex = fc.array(fc.tuple(atom, quantifier), { maxLength: 5 }).map((parts) => parts.flat().join(""));
  fc.assert(
    fc.property(
      regex.filter((source) => !/[*+?}][*+?{]/.test(source.replaceAll("(?:", "(").replaceAll("+?", "+"))),
      (source) => {
        const whole = new RegExp(`^(?:${source})$`);
        const samples = regexSamples(source);
        expect(samples.length).toBeGreaterThan(0);
        for (const sample of samples) expect(sample).toMatch(whole);
      },
    ),
  );
});

test("escaped text matches itself and nothing longer", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (text) => {
      const regex = compileHomeserverRegex(`^${escapeRegex(text)}$`);
      expect("matches" in regex && regex.matches(text)).toBe(true);
      expect("matches" in regex && regex.matches(`${text}x`)).toBe(false);
    }),
  );
});

test.each(["(?<name>a)", "\\q", "[", "(", "*"])("Python refuses %s", (regex) => {
  expect(compileHomeserverRegex(regex)).toHaveProperty("reason");
});

test("an expression is anchored at its beginning only", () => {
  const regex = compileHomeserverRegex("@a|@b");
  expect("matches" in regex && [regex.matches("@bc"), regex.matches("x@b")]).toEqual([true, false]);
});
