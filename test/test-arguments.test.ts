import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const scripts = join(import.meta.dirname, "../scripts");

interface Read {
  readonly seed?: number;
  readonly rest?: readonly string[];
  readonly fault?: string;
}
// It is JavaScript without types: it runs before anything is installed.
const { readTestArguments } = (await import(join(scripts, "test-arguments.mjs"))) as {
  readTestArguments: (given: readonly string[]) => Read;
};

describe("npm test --", () => {
  it("takes a seed in both ways of writing it, wherever it stands, and leaves the rest to Vitest", () => {
    const rest = ["test/e2e/model.test.ts", "-t", "model"];
    for (const given of [
      ["--seed", "42", ...rest],
      [...rest, "--seed", "42"],
      ["--seed=42", ...rest],
    ]) {
      expect(readTestArguments(given)).toEqual({ seed: 42, rest });
    }
    expect(readTestArguments(rest)).toEqual({ seed: undefined, rest });
    expect(readTestArguments([])).toEqual({ seed: undefined, rest: [] });
    expect(readTestArguments(["--seed", "-2147483648"])).toEqual({ seed: -2_147_483_648, rest: [] });
  });

  it("refuses what is no seed, with a sentence", () => {
    for (const value of ["", "x", "1.5", "1e3", "0x10", " 1", "2147483648", "-2147483649", "99999999999"]) {
      expect(readTestArguments([`--seed=${value}`]).fault).toContain(`not "${value}"`);
    }
    expect(readTestArguments(["--seed"]).fault).toContain("takes the whole number");
    expect(readTestArguments(["--seed", "test/e2e/model.test.ts"]).fault).toContain('not "test/e2e');
    expect(readTestArguments(["--seed=1", "--seed", "2"]).fault).toBe("--seed was given 2 times.");
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      [join(scripts, "test.mjs"), "--seed", "x"],
      {
        encoding: "utf8",
      },
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^--seed takes the whole number .*, not "x": npm test -- --seed 42 .*\n$/);
  });
});
