import { describe, expect, it } from "vitest";
import { parseMxc } from "./mxc.ts";

describe("parseMxc", () => {
  it("121: takes server names and media ids as the specification has them", () => {
    expect(parseMxc("mxc://example.org/GCmhgzMPRjqgpODLsNQzVuHZ")).toEqual({
      server: "example.org",
      mediaId: "GCmhgzMPRjqgpODLsNQzVuHZ",
    });
    for (const server of ["localhost:8448", "1.2.3.4", "[::1]:8008", "a-b.c"]) {
      expect(parseMxc(`mxc://${server}/a-_9`)).toEqual({ server, mediaId: "a-_9" });
    }
  });

  it.each([
    "",
    "mxc://",
    "mxc:///a",
    "mxc://a",
    "mxc://a/",
    "http://a/b",
    "MXC://a/b",
    "mxc://a/b/c",
    "mxc://a/b?c=d",
    "mxc://a/b#c",
    "mxc://a/%2e%2e",
    "mxc://../b",
    "mxc://./b",
    "mxc://a/..",
    "mxc://a/b.png",
    "mxc://a b/c",
    "mxc://user@a/b",
    "mxc://a:port/b",
    "mxc://a/b\n",
    "mxc://a/b\u0000",
    "mxc://ä/b",
    `mxc://a/${"b".repeat(256)}`,
    `mxc://${"a".repeat(300)}/b`,
  ])("121: refuses %j", (uri) => {
    expect(parseMxc(uri)).toBeUndefined();
  });
});
