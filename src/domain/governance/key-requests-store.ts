import type { DbClient, Tx } from "../../db/index.ts";

/** What a request with this idempotency key has made; nothing of the secret is kept. */
export async function selectKeyRequest(
  db: DbClient,
  { scope, key }: { readonly scope: string; readonly key: string },
): Promise<{ keyUuid: string; requestHash: Uint8Array } | undefined> {
  const rows = await db.$queryRawUnsafe<{ keyUuid: string; requestHash: Uint8Array }[]>(
    `SELECT resource_id::text AS "keyUuid", request_hash AS "requestHash" FROM registry_requests
      WHERE idempotency_scope = $1 AND idempotency_key = $2`,
    scope,
    key,
  );
  return rows[0];
}

/** False when the key has been used; waits for whoever is just using it. */
export async function insertKeyRequest(
  tx: Tx,
  row: {
    readonly scope: string;
    readonly key: string;
    readonly requestHash: Uint8Array;
    readonly keyUuid: string;
  },
): Promise<boolean> {
  const inserted = await tx.db.$executeRawUnsafe(
    `INSERT INTO registry_requests (idempotency_scope, idempotency_key, request_hash, resource_id, created_at)
     VALUES ($1, $2, $3::bytea, $4::uuid, $5) ON CONFLICT DO NOTHING`,
    row.scope,
    row.key,
    row.requestHash,
    row.keyUuid,
    tx.now,
  );
  return inserted > 0;
}
