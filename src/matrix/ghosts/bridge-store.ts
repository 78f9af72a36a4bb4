import type { Tx } from "../../db/index.ts";

/** Who the bridge is towards the homeserver. It must not change while a database is in use. */
export interface BridgeIdentity {
  readonly appserviceId: string;
  readonly senderLocalpart: string;
  readonly botUserId: string;
  readonly serverName: string;
}

/** Writes the identity down unless there is one, and gives the one that is there. */
export async function ensureBridgeRow(tx: Tx, identity: BridgeIdentity): Promise<BridgeIdentity | undefined> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.bridge (appservice_id, sender_localpart, bot_user_id, server_name, created_at)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING`,
    identity.appserviceId,
    identity.senderLocalpart,
    identity.botUserId,
    identity.serverName,
    tx.now,
  );
  const rows = await tx.db.$queryRawUnsafe<BridgeIdentity[]>(
    `SELECT appservice_id AS "appserviceId", sender_localpart AS "senderLocalpart", bot_user_id AS "botUserId",
            server_name AS "serverName"
       FROM matrix.bridge`,
  );
  return rows[0];
}

/** Writes down the transaction that came last. One that was noted by another process and is newer stays. */
export async function recordLastTransaction(
  tx: Tx,
  transaction: { readonly id: string | null; readonly at: Date },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.bridge SET last_txn_id = $1, last_txn_at = $2
      WHERE last_txn_at IS NULL OR last_txn_at < $2`,
    transaction.id,
    transaction.at,
  );
}
