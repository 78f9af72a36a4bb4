import type { MigrationStatus } from "../../db/migrate/index.ts";
import { fail, ok, type Verdict, warn } from "./finding.ts";

/** Whether the database has the tables that this program was written for. */
export function judgeMigrations(statuses: readonly MigrationStatus[]): Verdict {
  const named = (state: MigrationStatus["state"]) =>
    statuses.filter((status) => status.state === state).map(({ name }) => name);
  const [failed, unknown, pending, edited] = (["failed", "unknown", "pending", "edited"] as const).map(named);
  if (failed?.[0] !== undefined) {
    return fail(
      `${failed.join(", ")} failed half-way`,
      `finish it by hand, then run: microdao migrate force ${failed[0]}`,
    );
  }
  if (unknown?.[0] !== undefined) {
    return fail(
      `${unknown.join(", ")} is newer than this program`,
      "run the version of the bridge that made it, or a newer one",
    );
  }
  if (pending?.[0] !== undefined) return fail(`${pending.length} to be applied`, "run: microdao migrate up");
  if (edited?.[0] !== undefined) {
    return warn(
      `${edited.join(", ")} was applied in another wording`,
      "compare the file with the version that was applied; what is applied does not change by itself",
    );
  }
  return ok(`all ${statuses.length} applied`);
}
