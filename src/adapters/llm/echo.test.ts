import { describe, expect, it } from "vitest";
import { echoModel } from "./echo.ts";

async function ask(text: string, signal = new AbortController().signal): Promise<string> {
  let said = "";
  const question = { text, agentName: "Sofia" };
  for await (const part of echoModel.stream({ system: "", messages: [], tools: [], question, signal })) {
    if (part.type === "text") said += part.delta;
  }
  return said;
}

describe("the echo model", () => {
  it("quotes what it was asked and says how to get real answers", async () => {
    const answer = await ask("what is\n  the plan?");
    expect(answer).toMatch(/^You asked: “what is the plan\?”\n/);
    expect(answer).toMatch(/HTTP API/);
  });

  it("calls nobody whom the question called", async () => {
    expect(await ask("@dao_sofia:example.org: ask @bob:[::1]:80, will you")).toContain(
      "“dao_sofia: ask bob, will you”",
    );
  });

  it("says nothing more when it is told to stop", async () => {
    await expect(ask("what?", AbortSignal.abort(new DOMException("enough", "AbortError")))).rejects.toThrow(
      "enough",
    );
  });

  it("quotes two hundred characters at most, and breaks none", async () => {
    const quoted = /“(.*)”/s.exec(await ask("👩‍👩‍👧‍👦".repeat(300)))?.[1] ?? "";
    expect(quoted).toBe(`${"👩‍👩‍👧‍👦".repeat(199)}…`);
  });
});
