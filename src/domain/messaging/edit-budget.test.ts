import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mostEdits, nextEditAt, pauseBeforeEdit } from "./edit-budget.ts";

describe("the budget of edits", () => {
  it("however long a message grows and however often, endings are left within 20 edits, and pauses only grow", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60_000 }), { maxLength: 400 }), (steps) => {
        let [now, editedAt, edits, before] = [0, 0, 0, 0];
        for (const step of steps) {
          now += step;
          const next = nextEditAt({ edits, editedAt: new Date(editedAt) });
          if (next === undefined || next.getTime() > now) continue;
          expect(pauseBeforeEdit(edits)).toBeGreaterThan(before);
          expect(now - editedAt).toBeGreaterThanOrEqual(pauseBeforeEdit(edits) ?? 0);
          before = pauseBeforeEdit(edits) ?? 0;
          edits += 1;
          editedAt = now;
        }
        expect(edits).toBeLessThanOrEqual(mostEdits - 3);
      }),
    );
  });

  it("the first edits come within a second, the last ones are half a minute apart, and then there are none", () => {
    expect([0, 1, 2].map((edits) => pauseBeforeEdit(edits))).toEqual([250, 338, 456]);
    expect(pauseBeforeEdit(16)).toBeGreaterThan(25_000);
    expect(pauseBeforeEdit(16)).toBeLessThan(35_000);
    expect(pauseBeforeEdit(17)).toBeUndefined();
  });
});
