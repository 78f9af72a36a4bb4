import { describe, expect, it } from "vitest";
import { echoModel } from "./echo.ts";

async function ask(text: string): Promise<string> {
  const { body } = await echoModel.answer({ text, agentName: "Sofia" });
  return "text" in body ? body.text : body.markdown;
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

  it("quotes two hundred characters at most, and breaks none", async () => {
    const quoted = /“(.*)”/s.exec(await ask("👩‍👩‍👧‍👦".repeat(300)))?.[1] ?? "";
    expect(quoted).toBe(`${"👩‍👩‍👧‍👦".repeat(199)}…`);
  });
});
