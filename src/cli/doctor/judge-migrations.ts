import { fail, ok, type Verdict } from "./finding.ts";

/** Which migrations of this program the database has. */
export interface MigrationFacts {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  /** Begun and not finished. */
  readonly failed: readonly string[];
  /** Applied by another program or by a newer version of this one. */
  readonly unknown: readonly string[];
}

export function judgeMigrations({ applied, pending, failed, unknown }: MigrationFacts): Verdict {
  if (failed.length > 0) {
    return fail(
      `${failed.join(", ")} failed half-way`,
      "correct the cause, then: microdao migrate force and migrate up",
    );
  }
  if (unknown.length > 0) {
    return fail(
      `${unknown.join(", ")} is newer than this program`,
      "run the version of the bridge that made it, or a newer one",
    );
  }
  if (pending.length > 0) return fail(`${pending.length} to be applied`, "run: microdao migrate up");
  return ok(`all ${applied.length} applied`);
}
