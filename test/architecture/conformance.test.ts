import { describe, expect, it } from "vitest";
import {
  numbersOf,
  parseRequirements,
  provedBy,
  renderConformance,
} from "../../scripts/conformance/conformance.ts";

const requirements = `# Title

## A. First
1. **MUST** Given a, then b.
2. **SHOULD** Given c, then d; **MUST** not.

## Notes
Nothing numbered.
`;

function file(name: string, ...tests: [title: string, status: string][]) {
  return {
    name,
    assertionResults: tests.map(([title, status]) => ({ title, status, ancestorTitles: ["a suite"] })),
  };
}

describe("the page of what holds", () => {
  it.each([
    ["71: an agent is let in", [71]],
    ["22 the 200 waits", [22]],
    ["110, 111 and 113: the channel follows", [110, 111, 113]],
    ["killed 20 times", []],
    ["64KiB are taken", []],
  ])("reads the numbers that %s begins with", (title, numbers) => {
    expect(numbersOf(title)).toEqual(numbers);
  });

  it("says of each requirement whether its tests passed, and where they are", () => {
    const proofs = provedBy([
      file("test/b.test.ts", ["1: is so", "passed"], ["1: not on this machine", "skipped"]),
      file("test/a.test.ts", ["1 and 2: are so", "passed"], ["2: is not so", "failed"]),
    ]);
    const page = renderConformance(parseRequirements(requirements), proofs);
    expect(page).toContain("| 1 | MUST | holds | `test/a.test.ts` `test/b.test.ts` |");
    expect(page).toContain("| 2 | SHOULD | fails | `test/a.test.ts` |");
    expect(page).not.toContain("Notes");
  });

  it("names what no test names", () => {
    const page = renderConformance(parseRequirements(requirements), new Map());
    expect(page).toContain("| 1 | MUST | no test |  |");
    expect(page).toContain("| MUST | 0 | 0 | 1 |");
  });
});
