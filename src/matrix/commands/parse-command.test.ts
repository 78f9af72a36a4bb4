import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCommand } from "./parse-command.ts";

describe("commands", () => {
  it("each verb is understood, in any case and spacing", () => {
    expect(parseCommand("!dao")).toEqual({ verb: "help" });
    expect(parseCommand("!dao help")).toEqual({ verb: "help" });
    expect(parseCommand("  !DAO\n\tStatus ")).toEqual({ verb: "status" });
    expect(parseCommand("!dao unlink")).toEqual({ verb: "unlink" });
    expect(parseCommand("!dao link microdao:7 General")).toEqual({
      verb: "link",
      microdao: "microdao:7",
      slug: "general",
    });
    expect(parseCommand("!dao link 7 plans")).toEqual({
      verb: "link",
      microdao: "microdao:7",
      slug: "plans",
    });
  });

  it("a message that only looks like a command is none", () => {
    for (const text of ["", "!daoist", "dao help", "say !dao help", "! dao"]) {
      expect(parseCommand(text)).toBeUndefined();
    }
  });

  it("days are whole and few enough to be days, and off is off", () => {
    expect(parseCommand("!dao retention")).toEqual({ verb: "retention" });
    expect(parseCommand("!dao retention 30")).toEqual({ verb: "retention", days: 30 });
    expect(parseCommand("!dao retention OFF")).toEqual({ verb: "retention", days: null });
    for (const days of ["0", "-1", "1.5", "1e3", "123456", "30 days", "forever"]) {
      expect(parseCommand(`!dao retention ${days}`)).toEqual({ verb: "unknown", meant: "retention" });
    }
  });

  it("what is nearly a command is unknown, with the command that was perhaps meant", () => {
    expect(parseCommand("!dao stauts")).toEqual({ verb: "unknown", meant: "status" });
    expect(parseCommand("!dao chanels")).toEqual({ verb: "unknown", meant: "channels" });
    for (const text of [
      "!dao unlink now please",
      "!dao link",
      "!dao link 7",
      "!dao link 0 plans",
      "!dao link 7 plans extra",
      "!dao link 7 ../../etc",
      "!dao link 7 пляни",
      "!dao link '; DROP TABLE channels; --",
    ]) {
      expect(parseCommand(text)).toMatchObject({ verb: "unknown" });
    }
  });

  it("anything else is unknown", () => {
    for (const text of [
      "!dao dance",
      `!dao link 7 ${"a".repeat(900)}`,
      `!dao ${"x".repeat(900)}`,
      "!dao constructor",
      "!dao __proto__",
      "!dao <b>x</b>",
    ]) {
      expect(parseCommand(text)).toEqual({ verb: "unknown" });
    }
  });

  it("no text makes it throw, and its arguments are always plain", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 1000 }), (rest) => {
        const command = parseCommand(`!dao link ${rest}`);
        return (
          command?.verb !== "link" || /^microdao:\d+ [a-z0-9-]+$/.test(`${command.microdao} ${command.slug}`)
        );
      }),
    );
  });
});
