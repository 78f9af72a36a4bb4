import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Address,
  commandWord,
  foldWords,
  hasWords,
  type TriggerSettings,
  triggerOf,
} from "./run-triggers.ts";

const settings: TriggerSettings = {
  onMention: true,
  onName: false,
  onReply: true,
  onDirect: true,
  onCommand: true,
  keywords: [],
  who: "everybody",
  answersAgents: false,
};
const nothing: Address = {
  text: "hello",
  mentioned: false,
  repliedTo: false,
  commanded: false,
  direct: false,
  agentName: "Sofia",
  askerIsAgent: false,
  askerIsMember: false,
  askerIsHere: true,
};

describe("what an agent is asked by", () => {
  it("mentions, replies, commands and direct messages, unless it is set otherwise; one reason at a time", () => {
    expect(triggerOf(nothing, settings)).toBeUndefined();
    expect(triggerOf({ ...nothing, direct: true }, settings)).toBe("direct");
    expect(triggerOf({ ...nothing, direct: true, commanded: true }, settings)).toBe("command");
    expect(triggerOf({ ...nothing, commanded: true, repliedTo: true }, settings)).toBe("reply");
    expect(triggerOf({ ...nothing, mentioned: true, repliedTo: true }, settings)).toBe("mention");
    const off = { ...settings, onMention: false, onReply: false, onDirect: false, onCommand: false };
    for (const by of ["mentioned", "repliedTo", "direct", "commanded"])
      expect(triggerOf({ ...nothing, [by]: true }, off)).toBeUndefined();
  });

  it("its name and keywords count where settings say so, as whole words, whatever their case", () => {
    const words = (text: string, more: Partial<TriggerSettings>) =>
      triggerOf({ ...nothing, text }, { ...settings, ...more });
    expect(words("ask SOFIA about it", {})).toBeUndefined();
    expect(words("ask SOFIA, about it", { onName: true })).toBe("mention");
    expect(words("Sofiana", { onName: true })).toBeUndefined();
    expect(words("the Build  FAILED!", { keywords: ["build failed"] })).toBe("keyword");
    expect(words("rebuild failed", { keywords: ["build failed"] })).toBeUndefined();
    expect(words("Збірка впала", { keywords: ["збірка"] })).toBe("keyword");
    expect(words("підзбірка", { keywords: ["збірка"] })).toBeUndefined();
  });

  it("nobody asks from outside of the channel, whatever the settings say", () => {
    for (const asked of ["mentioned", "repliedTo", "commanded", "direct"])
      for (const askerIsAgent of [false, true]) {
        const address = { ...nothing, [asked]: true, askerIsAgent, askerIsMember: true, askerIsHere: false };
        expect(triggerOf(address, { ...settings, answersAgents: true })).toBeUndefined();
      }
  });

  it("members only means members only, and agents only where they may", () => {
    const closed = { ...settings, who: "members" } as const;
    expect(triggerOf({ ...nothing, mentioned: true }, closed)).toBeUndefined();
    expect(triggerOf({ ...nothing, mentioned: true, askerIsMember: true }, closed)).toBe("mention");
    const agent = { ...nothing, askerIsAgent: true, mentioned: true };
    expect(triggerOf(agent, settings)).toBeUndefined();
    expect(triggerOf(agent, { ...settings, answersAgents: true })).toBe("mention");
    expect(
      triggerOf(
        { ...agent, mentioned: false, repliedTo: true, direct: true },
        { ...settings, answersAgents: true },
      ),
    ).toBeUndefined();
  });

  it("a command is an exclamation mark, a word and a gap", () => {
    expect(commandWord("!sofia what is due?")).toBe("sofia");
    expect(commandWord(" !SOFIA")).toBe("sofia");
    for (const text of ["sofia!", "! sofia", "!!", "!so:fia x", "", "!"])
      expect(commandWord(text)).toBeUndefined();
  });

  it("no text is too strange to be searched", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (text, word) => {
        commandWord(text);
        const folded = foldWords(word);
        expect(hasWords(foldWords(text), folded)).toBeTypeOf("boolean");
        if (folded !== "") expect(hasWords(`( ${folded} )`, folded)).toBe(true);
      }),
    );
  });
});
