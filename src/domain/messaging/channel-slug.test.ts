import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstFreeSlug, isSlug, provisionalSlug, slugOf } from "./channel-slug.ts";

describe("channel slugs", () => {
  it("the alias decides, then the name", () => {
    expect(slugOf({ alias: "#General_Chat:example.org", name: "Other" })).toBe("general-chat");
    expect(slugOf({ alias: null, name: "  Café & Crème! " })).toBe("cafe-creme");
    expect(slugOf({ alias: "#загальний:example.org", name: "Plans 2026" })).toBe("plans-2026");
  });

  it("a room that says nothing usable asks for nothing", () => {
    expect(slugOf({ alias: null, name: null })).toBeUndefined();
    expect(slugOf({ alias: "general", name: "Загальний 💬" })).toBeUndefined();
  });

  it("a taken slug gets the first free number", () => {
    expect(firstFreeSlug("general", new Set())).toBe("general");
    expect(firstFreeSlug("general", new Set(["general", "general-2"]))).toBe("general-3");
  });

  it("whatever the room is called, its slug is one, numbered or not", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
        const slug = slugOf({ alias: null, name }) ?? provisionalSlug(name);
        return isSlug(slug) && isSlug(firstFreeSlug(slug, new Set([slug])));
      }),
    );
  });
});
