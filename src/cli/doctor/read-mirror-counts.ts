import type { Database } from "../../db/index.ts";
import type { MirrorCounts } from "./judge-mirror.ts";

/** Reads the counts in one statement, so that they belong to one moment. Throws what the database says. */
export async function readMirrorCounts({ db }: Database): Promise<MirrorCounts> {
  const rows = await db.$queryRawUnsafe<Record<string, number | null>[]>(`
    SELECT
      (SELECT count(*)::int FROM channels WHERE status = 'active') AS channels,
      (SELECT count(*)::int FROM channels WHERE status = 'active' AND encrypted) AS "encryptedChannels",
      (SELECT count(*)::int FROM matrix.inbox WHERE status = 'dead') AS "deadLetters",
      (SELECT count(*)::int FROM matrix.sends
        WHERE state IN ('queued', 'sending') AND created_at < now() - interval '1 minute') AS "sendsWaiting",
      (SELECT count(*)::int FROM matrix.sends
        WHERE state = 'failed' AND created_at > now() - interval '7 days') AS "sendsFailed",
      (SELECT count(*)::int FROM matrix.sends
        WHERE state = 'sent' AND sent_at < now() - interval '10 minutes') AS "sendsUnconfirmed",
      (SELECT count(*)::int FROM matrix.backfills WHERE status = 'failed') AS "backfillsFailed",
      (SELECT count(*)::int FROM matrix.backfills WHERE status IN ('pending', 'running')) AS "backfillsUnfinished",
      (SELECT extract(epoch FROM now() - last_txn_at)::float8 FROM matrix.bridge) AS "lastTransactionSeconds",
      (SELECT extract(epoch FROM now() - created_at)::float8 FROM outbox_events
        ORDER BY txid LIMIT 1) AS "outboxOldestSeconds"`);
  const row = rows[0] ?? {};
  const count = (name: string) => row[name] ?? 0;
  return {
    channels: count("channels"),
    encryptedChannels: count("encryptedChannels"),
    deadLetters: count("deadLetters"),
    sendsWaiting: count("sendsWaiting"),
    sendsFailed: count("sendsFailed"),
    sendsUnconfirmed: count("sendsUnconfirmed"),
    backfillsFailed: count("backfillsFailed"),
    backfillsUnfinished: count("backfillsUnfinished"),
    lastTransactionSeconds: row["lastTransactionSeconds"] ?? undefined,
    outboxOldestSeconds: row["outboxOldestSeconds"] ?? undefined,
  };
}
