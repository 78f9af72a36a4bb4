import { fail, ok, type Verdict } from "./finding.ts";

/** What a database server says about itself. */
export interface DatabaseFacts {
  /** As `SHOW server_version`: "15.14 (Debian …)". */
  readonly version: string;
  /** As `SHOW server_version_num`: 150014. */
  readonly versionNumber: number;
  /** The version of pgvector that can be or is installed; undefined when there is none. */
  readonly vector: string | undefined;
}

const leastVersionNumber = 150_000;

export function judgeDatabase({ version, versionNumber, vector }: DatabaseFacts): Verdict {
  const said = `PostgreSQL ${version.split(" ", 1)[0] ?? version}`;
  if (versionNumber < leastVersionNumber) return fail(said, "the bridge needs PostgreSQL 15 or newer");
  if (vector === undefined) {
    return fail(
      `${said} without pgvector`,
      "install the extension for that server (Debian: postgresql-NN-pgvector; Docker: the image pgvector/pgvector)",
    );
  }
  return ok(`${said}, pgvector ${vector}`);
}
