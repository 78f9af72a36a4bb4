import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { effectiveConfig, readAgentConfig } from "./agent-config.ts";

describe("the settings of an agent", () => {
  const blueprint = {
    model: "echo",
    systemPrompt: "Be brief.",
    config: { temperature: 0.2, tools: ["recall"] },
  };

  it("are its own, and its blueprint's where it has none", () => {
    expect(effectiveConfig(blueprint, null)).toEqual({
      model: "echo",
      systemPrompt: "Be brief.",
      temperature: 0.2,
      tools: ["recall"],
    });
    expect(effectiveConfig(blueprint, { model: "gpt-4.1", tools: [], systemPrompt: "Sing." })).toEqual({
      model: "gpt-4.1",
      systemPrompt: "Sing.",
      temperature: 0.2,
      tools: [],
    });
  });

  it("are read without what nobody may set", () => {
    const stored = {
      model: 7,
      temperature: 99,
      concurrency: 2,
      runtime: "external",
      __proto__: 1,
      apiKey: "x",
    };
    expect(readAgentConfig(stored)).toEqual({ concurrency: 2, runtime: "external" });
  });

  it("are read from anything", () => {
    fc.assert(fc.property(fc.jsonValue(), (stored) => typeof readAgentConfig(stored) === "object"));
  });
});
