import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spendBudgets } from "./budgets.ts";
import type { BudgetRow } from "./budgets-store.ts";

const policy = { hopLimit: 9, uses: 3, windowMs: 60_000, restMs: 60_000 };
const start = new Date("2026-11-21T10:00:00Z").getTime();
const at = (seconds: number) => new Date(start + seconds * 1000);
const pair = { scope: "pair", subject: "a b" } as const;
const room = { scope: "room", subject: "r" } as const;
const fresh: BudgetRow[] = [pair, room].map((key) => ({ ...key, usedAt: [], restingUntil: null }));

describe("a budget", () => {
  it("allows so many uses within any window, then a rest that is begun once, then anew", () => {
    let rows: readonly BudgetRow[] = fresh;
    const use = (seconds: number) => {
      const spent = spendBudgets(rows, [{ runId: `${seconds}`, budgets: [pair, room] }], at(seconds), policy);
      rows = spent.rows;
      return spent.refusals.map(({ usedUp }) => usedUp?.scope ?? "resting")[0] ?? "ok";
    };
    expect([0, 30, 59, 59.5].map(use)).toEqual(["ok", "ok", "ok", "pair"]);
    expect([60, 61, 119].map(use)).toEqual(["resting", "resting", "resting"]);
    expect([120, 121, 122].map(use)).toEqual(["ok", "ok", "ok"]);
    expect([123, 124].map(use)).toEqual(["pair", "resting"]);
  });

  it("of another is not used by what is refused", () => {
    const other = { scope: "pair", subject: "c b" } as const;
    const known = [...fresh, { ...other, usedAt: [], restingUntil: null }];
    const uses = Array.from({ length: 9 }, (_, n) => ({ runId: `${n}`, budgets: [pair] }));
    const { rows } = spendBudgets(known, [...uses, { runId: "x", budgets: [other, room] }], at(0), policy);
    expect(rows.find(({ subject }) => subject === "r")?.usedAt).toHaveLength(1);
    expect(rows.find(({ subject }) => subject === "c b")?.restingUntil).toBeNull();
  });

  it("is never used more often than it allows, whatever the times", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(400), { maxLength: 60 }), (seconds) => {
        let rows: readonly BudgetRow[] = fresh;
        const used: number[] = [];
        for (const second of seconds.toSorted((a, b) => a - b)) {
          const spent = spendBudgets(rows, [{ runId: "x", budgets: [pair] }], at(second), policy);
          rows = spent.rows;
          if (spent.refusals.length === 0) used.push(second);
        }
        for (const begin of used)
          expect(used.filter((s) => s >= begin && s < begin + 60).length).toBeLessThanOrEqual(policy.uses);
      }),
    );
  });
});
