import { hash } from "node:crypto";
import type { Tx } from "../../db/index.ts";
import { insertRegistered, selectRegistered } from "./agent-requests-store.ts";
import { registryKeyReused, registryRequestInHand } from "./registry-errors.ts";

/** Within a scope, the same key is the same request, for ever. */
export interface RegistryKey {
  readonly scope: string;
  readonly key: string;
}

/** What a request made: its uuid, and whether an earlier request with the same key had made it. */
export interface MadeOnce {
  readonly id: string;
  readonly repeated: boolean;
}

/**
 * Makes something, unless a request with the same key has made it. Without a key it is made. Throws
 * `idempotency_key_reused` when the key was used for something else, `request_in_hand` when that is happening just now.
 */
export async function madeOnce(
  tx: Tx,
  idempotency: RegistryKey | undefined,
  asked: unknown,
  make: () => Promise<string>,
): Promise<MadeOnce> {
  if (idempotency === undefined) return { id: await make(), repeated: false };
  const requestHash = hash("sha256", JSON.stringify(asked), "buffer");
  const earlier = await selectRegistered(tx.db, idempotency);
  if (earlier !== undefined) {
    if (Buffer.compare(earlier.requestHash, requestHash) !== 0) throw registryKeyReused({});
    return { id: earlier.resourceId, repeated: true };
  }
  const id = await make();
  // Undone with everything else; the next try finds what the other one has made.
  if (!(await insertRegistered(tx, idempotency, { resourceId: id, requestHash })))
    throw registryRequestInHand({});
  return { id, repeated: false };
}
