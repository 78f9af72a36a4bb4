import { describe, expect, test } from "vitest";
import { generateRegistration } from "./generate-registration.ts";
import { lintRegistration } from "./lint-registration.ts";
import type { RegistrationNames } from "./names.ts";
import { parseRegistration } from "./read-registration.ts";
import { exampleNames, registrationTemplate, tokenPlaceholder } from "./template.ts";

const asToken = "Wm4uQz7bT1xKc9vRj2YhLs6NfGd8PeAo";
const hsToken = "b3Xn5VtHq0WkZr8JmUy1CiFg7LoEs2Da";

type Raw = Record<string, unknown>;

function good(names = exampleNames): Raw {
  let made = 0;
  const { text } = generateRegistration({ names, newToken: () => (made++ === 0 ? asToken : hsToken) });
  return parseRegistration("registration.yaml", text);
}

function codes(raw: Raw, names: RegistrationNames = exampleNames, other?: Raw) {
  const others = other === undefined ? [] : [{ path: "other.yaml", raw: other }];
  return lintRegistration({ path: "registration.yaml", raw }, names, others).map((fault) => fault.code);
}

const users = (...regexes: string[]): Raw => ({
  ...good(),
  namespaces: {
    ...(good()["namespaces"] as Raw),
    users: regexes.map((regex) => ({ exclusive: true, regex })),
  },
});

const bot = "^@microdao:example\\.org$";
const agents = "^@dao_[^:]+:example\\.org$";

test("5, 6 and 7: a generated registration has no faults, whatever the names", () => {
  expect(codes(good())).toEqual([]);
  expect(good()).toMatchObject({
    receive_ephemeral: true,
    "de.sorunome.msc2409.push_ephemeral": true,
    rate_limited: false,
    namespaces: {
      users: [
        { exclusive: true, regex: expect.stringMatching(/:example\\\.org\$$/) as string },
        { exclusive: true, regex: expect.stringMatching(/:example\\\.org\$$/) as string },
      ],
    },
  });
  for (const serverName of ["localhost", "matrix-1.example.co.uk:8448", "[::1]:8448", "192.0.2.7"]) {
    const names = { ...exampleNames, serverName, agentPrefix: "a.b+c/", botLocalpart: "b.ot+1" };
    expect(codes(good(names), names)).toEqual([]);
  }
});

test("the template itself is refused because of its placeholders", () => {
  const raw = parseRegistration("registration.yaml", registrationTemplate);
  expect(codes(raw)).toEqual(
    expect.arrayContaining(["token-placeholder", "tokens-equal", "bot-not-covered"]),
  );
  expect(raw["as_token"]).toBe(tokenPlaceholder);
});

describe("one change, one fault", () => {
  test.each<[string, Raw, string[]]>([
    ["equal tokens", { hs_token: asToken }, ["tokens-equal"]],
    ["a short token", { as_token: asToken.slice(0, 31) }, ["token-short"]],
    ["an empty token", { hs_token: "" }, ["token-missing"]],
    ["a blank token", { hs_token: "   " }, ["token-missing"]],
    ["no token", { as_token: undefined }, ["token-missing"]],
    ["a number for a token", { as_token: 12345 }, ["token-missing"]],
    ["a placeholder", { as_token: "please-change-me-please-change-me-now" }, ["token-placeholder"]],
    ["one letter repeated", { as_token: "a".repeat(64) }, ["token-placeholder"]],
    ["a word repeated", { as_token: "password".repeat(8) }, ["token-weak"]],
    ["a pipe in the id", { id: "micro|dao" }, ["id-invalid"]],
    ["no id", { id: undefined }, ["id-missing"]],
    ["another id", { id: "other" }, ["id-differs"]],
    ["a url that is null", { url: null }, ["url-null"]],
    ["no url", { url: undefined }, ["url-missing"]],
    ["a url without a scheme", { url: "127.0.0.1:9009" }, ["url-invalid"]],
    ["a url with the API's path", { url: "http://127.0.0.1:9009/_matrix/app/v1" }, ["url-matrix-path"]],
    ["a url with a slash at its end", { url: "http://127.0.0.1:9009/" }, ["url-trailing-slash"]],
    ["the url of something else", { url: "http://127.0.0.1:29328" }, ["url-differs"]],
    ["no sender", { sender_localpart: undefined }, ["sender-missing"]],
    ["a whole user id as sender", { sender_localpart: "@x:example.org" }, ["sender-invalid"]],
    ["the bot as sender", { sender_localpart: "microdao" }, ["sender-is-bot"]],
    ["an agent as sender", { sender_localpart: "dao_sofia" }, ["sender-is-agent"]],
    ["another sender", { sender_localpart: "someone" }, ["sender-differs"]],
    ["no namespaces", { namespaces: undefined }, ["namespaces-missing"]],
    ["a list for namespaces", { namespaces: [] }, ["namespaces-missing"]],
    ["no receive_ephemeral", { receive_ephemeral: undefined }, ["ephemeral-missing"]],
    ["no legacy key", { "de.sorunome.msc2409.push_ephemeral": false }, ["ephemeral-legacy-missing"]],
    ["rate limits", { rate_limited: true }, ["rate-limited"]],
    ["no rate_limited", { rate_limited: undefined }, ["rate-limited"]],
    ["a text for rate_limited", { rate_limited: "false" }, ["rate-limited"]],
  ])("%s", (_, change, expected) => {
    expect(codes({ ...good(), ...change })).toEqual(expected);
  });
});

describe("namespaces", () => {
  test.each<[string, string[], string[]]>([
    ["an open end", [bot, "^@dao_[^:]+:example\\.org"], ["regex-unanchored"]],
    ["no server name", [bot, "@dao_.*"], ["regex-unanchored"]],
    ["any server name", [bot, "^@dao_.*:.*$"], ["regex-unanchored"]],
    ["an alternative without an end", [bot, agents, "@irc_.*|@xmpp_.*:example\\.org$"], ["regex-unanchored"]],
    ["an unescaped dot", [bot, "^@dao_[^:]+:example.org$"], ["regex-unescaped"]],
    [
      "an open end and an unescaped dot",
      [bot, "@dao_.*:example.org"],
      ["regex-unanchored", "regex-unescaped"],
    ],
    ["a broken expression", [bot, agents, "@dao_[a-z:example\\.org$"], ["regex-invalid"]],
    ["a group that Python does not know", [bot, agents, "^@(?<a>x):example\\.org$"], ["regex-invalid"]],
    ["everybody", [bot, agents, "^@.*:example\\.org$"], ["regex-covers-everyone"]],
    ["everybody everywhere", [bot, agents, ".*"], ["regex-covers-everyone"]],
    ["another server", [bot, "^@dao_[^:]+:example\\.com$"], ["server-name-mismatch"]],
    ["something that gives no example", [bot, agents, "^@(?=d)dao_.*:example\\.org$"], ["regex-not-checked"]],
    ["no bot", [agents], ["bot-not-covered"]],
    ["no agents", [bot], ["agents-not-covered"]],
    ["agents of some codes only", [bot, "^@dao_[a-z]+:example\\.org$"], ["agents-not-covered"]],
    ["a good entry more", [bot, agents, "^@old_[^:]+:example\\.org$"], []],
    ["other spellings of the same", ["@microdao:example[.]org$", "@dao_.+:example\\.org\\Z"], []],
  ])("%s", (_, regexes, expected) => {
    expect(codes(users(...regexes))).toEqual(expected);
  });

  test("exclusive has to be a boolean, and true", () => {
    const entry = (exclusive: unknown) => ({
      ...good(),
      namespaces: {
        ...(good()["namespaces"] as Raw),
        users: [
          { exclusive: true, regex: bot },
          { exclusive, regex: agents },
        ],
      },
    });
    expect(codes(entry("true"))).toEqual(["exclusive-not-boolean"]);
    expect(codes(entry(undefined))).toEqual(["exclusive-not-boolean"]);
    expect(codes(entry(false))).toEqual(["exclusive-false"]);
  });

  test("entries of the wrong form are named with their place", () => {
    const raw = { ...good(), namespaces: { users: "all", aliases: ["#x"], rooms: [{ exclusive: false }] } };
    expect(lintRegistration({ path: "x", raw }, exampleNames).map(({ code, path }) => [code, path])).toEqual([
      ["namespace-invalid", "namespaces.users"],
      ["namespace-invalid", "namespaces.aliases[0]"],
      ["regex-missing", "namespaces.rooms[0].regex"],
    ]);
  });

  test("a missing alias namespace is a warning", () => {
    const raw = { ...good(), namespaces: { users: (good()["namespaces"] as Raw)["users"] } };
    const faults = lintRegistration({ path: "x", raw }, exampleNames);
    expect(faults.map(({ code, severity }) => [code, severity])).toEqual([["aliases-not-covered", "warn"]]);
  });

  test("8: a room id without a server part is nobody's fault", () => {
    const rooms = [{ exclusive: false, regex: "^!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM$" }];
    const raw = { ...good(), namespaces: { ...(good()["namespaces"] as Raw), rooms } };
    expect(codes(raw)).toEqual([]);
  });
});

describe("another registration of the same homeserver", () => {
  const stranger = (regex: string, exclusive = true): Raw => ({
    id: "irc",
    as_token: "x1",
    hs_token: "x2",
    sender_localpart: "ircbot",
    namespaces: { users: [{ exclusive, regex }] },
  });

  test.each<[string, Raw, string[]]>([
    ["has nothing in common", stranger("@irc_.*:example\\.org"), []],
    ["only listens", stranger("@.*:example\\.org", false), []],
    ["takes everybody", stranger("@.*"), ["namespace-overlap"]],
    ["takes one of our agents", stranger("@dao_sofia:example\\.org"), ["namespace-overlap"]],
    ["takes the bot", stranger("^@micro.*:example\\.org$"), ["namespace-overlap"]],
    ["takes the sender", stranger("^@[a-z]+_appservice:example\\.org$"), ["namespace-overlap"]],
    ["begins alike", stranger("@dao_(?=9).*"), ["namespace-near"]],
    ["has the same id", { ...stranger("@irc_.*"), id: "microdao" }, ["same-id"]],
    ["has our token", { ...stranger("@irc_.*"), hs_token: asToken }, ["same-token"]],
    ["has our sender", { ...stranger("@irc_.*"), sender_localpart: "microdao_appservice" }, ["same-sender"]],
  ])("%s", (_, other, expected) => {
    expect(codes(good(), exampleNames, other)).toEqual(expected);
  });
});

test("no fault shows a token", () => {
  const secret = "s3cr3t-s3cr3t";
  const raw = { ...good(), as_token: secret, hs_token: secret };
  const faults = lintRegistration({ path: "x", raw }, exampleNames, [{ path: "y", raw }]);
  expect(faults.length).toBeGreaterThan(3);
  expect(JSON.stringify(faults)).not.toContain(secret);
});
