import type { Tx } from "../db/index.ts";
import { type Principal, spendQuotas } from "../domain/governance/index.ts";

/**
 * Counts what an agent sends, for its key and for itself. Call it after what was sent is known to be new: a repeated
 * request costs nothing. Throws `quota_exceeded`; then nothing of the transaction is kept.
 */
export async function spendMessages(tx: Tx, { keyId, subject }: Principal, amount = 1): Promise<void> {
  const what = "messages";
  await spendQuotas(tx, [
    ...(subject.uuid === null
      ? []
      : [{ subject: { kind: "agent" as const, id: subject.uuid }, what, amount } as const]),
    { subject: { kind: "key", id: keyId }, what, amount },
  ]);
}
