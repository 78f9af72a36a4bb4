import { bridgeActor } from "../kernel/actor.ts";
import { type Database, transact } from "./database.ts";
import type { DbClient } from "./tx.ts";

/**
 * Numbers of transactions begin anew in a cluster that was made from a dump. Stored ones that lie ahead of the cluster's
 * are moved below zero, in their order, so that what is written from now on comes after them. To be called when the
 * process starts. Gives whether it was needed.
 */
export async function keepOutboxOrder(database: Database): Promise<boolean> {
  if (!(await liesAhead(database.db))) return false;
  return transact(database, bridgeActor, async ({ db }) => {
    await db.$executeRawUnsafe("LOCK TABLE outbox_events IN SHARE ROW EXCLUSIVE MODE");
    if (!(await liesAhead(db))) return false;
    await db.$executeRawUnsafe(
      "UPDATE outbox_events SET txid = txid - (SELECT max(txid) + 1 FROM outbox_events) WHERE txid IS NOT NULL",
    );
    return true;
  });
}

async function liesAhead(db: DbClient): Promise<boolean> {
  const rows = await db.$queryRawUnsafe<object[]>(
    "SELECT 1 AS one FROM outbox_events WHERE txid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint LIMIT 1",
  );
  return rows.length > 0;
}
