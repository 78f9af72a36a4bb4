import type { Tx } from "../../db/index.ts";
import type { Actor } from "../../kernel/actor.ts";
import { encodeId } from "../../kernel/ids.ts";
import { ensureMatrixUsers } from "../tenancy/index.ts";

/** The row that a Matrix id stands for: an agent if it is one's ghost, else a user. */
export interface Sender {
  readonly matrixId: string;
  readonly id: string;
  readonly isAgent: boolean;
}

export function actorOf(sender: Sender): Actor {
  return sender.isAgent
    ? { id: encodeId("ag", sender.id), kind: "agent" }
    : { id: encodeId("u", sender.id), kind: "user" };
}

/** The rows of these Matrix ids; users that nobody has met before are made. */
export async function resolveSenders(tx: Tx, matrixIds: Iterable<string>): Promise<Map<string, Sender>> {
  const wanted = [...new Set(matrixIds)];
  const known = await selectSenders(tx, wanted);
  const unknown = wanted.filter((matrixId) => !known.has(matrixId));
  if (unknown.length === 0) return known;
  await ensureMatrixUsers(tx, unknown);
  return new Map([...known, ...(await selectSenders(tx, unknown))]);
}

async function selectSenders(tx: Tx, matrixIds: readonly string[]): Promise<Map<string, Sender>> {
  const rows = await tx.db.$queryRawUnsafe<Sender[]>(
    `SELECT u.matrix_id AS "matrixId", u.id::text AS id, false AS "isAgent" FROM users u WHERE u.matrix_id = ANY($1::text[])
      UNION ALL
     SELECT a.matrix_id, a.id::text, true FROM agents a WHERE a.matrix_id = ANY($1::text[])`,
    matrixIds,
  );
  // Agents come last and win.
  return new Map(rows.map((row) => [row.matrixId, row]));
}
