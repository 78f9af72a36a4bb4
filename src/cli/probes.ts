import { requireMigrated } from "../db/migrate/index.ts";
import type { Probe } from "../http/index.ts";
import type { Greeting } from "./greet-homeserver.ts";

/** What `/ready` asks besides the database: that its schema fits this program, and that the homeserver is in reach. */
export function probesOf({ databaseUrl, greeting }: { databaseUrl: string; greeting: Greeting }): Probe[] {
  return [
    { name: "migrations", check: once(() => requireMigrated(databaseUrl)) },
    { name: "homeserver", check: () => Promise.resolve(greeting.trouble()) },
  ];
}

/** A schema that fitted once goes on fitting while the process lives: it is not read again for every probe. */
function once(check: () => Promise<void>): () => Promise<undefined> {
  let passed = false;
  return async () => {
    if (!passed) await check();
    passed = true;
  };
}
