/** `ok`: works. `warn`: works, and something should be known or could not be looked at. `fail`: does not work. */
export type FindingStatus = "ok" | "warn" | "fail";

/** What one check of the doctor says. */
export interface Finding {
  readonly name: string;
  readonly status: FindingStatus;
  readonly found: string;
  /** What to do about it; nothing when there is nothing to do. */
  readonly fix?: string;
}

/** A check's verdict, before the table gives it its name. */
export type Verdict = Omit<Finding, "name">;

export function ok(found: string): Verdict {
  return { status: "ok", found };
}

export function warn(found: string, fix: string): Verdict {
  return { status: "warn", found, fix };
}

export function fail(found: string, fix: string): Verdict {
  return { status: "fail", found, fix };
}

/** Something else has to work first. */
export function notChecked(because: string): Verdict {
  return { status: "warn", found: `not looked at, because ${because}` };
}
