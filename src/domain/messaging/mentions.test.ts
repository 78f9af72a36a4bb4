import { describe, expect, it } from "vitest";
import { mentionedUsers } from "./mentions.ts";

describe("who a text mentions", () => {
  it("users named in full are found, wherever they stand", () => {
    const text = "@a:x.org, (@b:y:8448) '@c=40/d:[::1]:80' *@e:z.org* see @f:x.org. @a:x.org!";
    expect(mentionedUsers(text)).toEqual([
      "@a:x.org",
      "@b:y:8448",
      "@c=40/d:[::1]:80",
      "@e:z.org",
      "@f:x.org",
    ]);
  });

  it("what only looks like one is not", () => {
    for (const text of [
      "@room",
      "mail me@home:x.org",
      "@Alice:x.org",
      "@a:",
      "@:x.org",
      "@@a:x.org",
      `@${"a".repeat(255)}:x`,
    ]) {
      expect(mentionedUsers(text), text).toEqual([]);
    }
  });

  it("nobody mentions more than fifty", () => {
    const text = Array.from({ length: 80 }, (_, number) => `@u${number}:x.org`).join(" ");
    expect(mentionedUsers(text)).toHaveLength(50);
  });
});
