import { vi } from "vitest";
import { patience } from "./patience.ts";

/** Settles when one connection waits for what another one holds. `rows` asks the database in which they are. */
export async function untilSomebodyWaits({
  rows,
}: {
  readonly rows: (sql: string) => Promise<readonly unknown[]>;
}): Promise<void> {
  const waiting =
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
  await vi.waitUntil(async () => (await rows(waiting)).length === 1, patience);
}
