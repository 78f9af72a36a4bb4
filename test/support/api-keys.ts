import { openDatabase, transact } from "../../src/db/index.ts";
import { createAccessKey, hashKeyOf, type NewAccessKey } from "../../src/domain/governance/index.ts";
import { ensureUserByMatrixId } from "../../src/domain/tenancy/index.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";

/** Makes a key for a bridge that runs elsewhere; gives its token. A person may be named by the Matrix id. `secretsKek` is that bridge's. */
export async function makeKey(
  databaseUrl: string,
  secretsKek: Uint8Array,
  key: Pick<NewAccessKey, "subject" | "capabilities"> & Partial<NewAccessKey>,
): Promise<string> {
  const database = openDatabase({ url: databaseUrl, poolSize: 1, clock: systemClock, log: silentLog });
  try {
    return await transact(database, { id: "test", kind: "service" }, async (tx) => {
      const { kind, id } = key.subject;
      const subject = id.startsWith("@")
        ? { kind, id: (await ensureUserByMatrixId(tx, id)).externalId }
        : key.subject;
      return (await createAccessKey(tx, hashKeyOf(secretsKek), { name: "test", ...key, subject })).token;
    });
  } finally {
    await database.close();
  }
}
