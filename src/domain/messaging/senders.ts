import { runParts, type StatementPart, type Tx } from "../../db/index.ts";
import type { Actor } from "../../kernel/actor.ts";
import { encodeId } from "../../kernel/ids.ts";
import { ensureMatrixUsers } from "../tenancy/index.ts";

/** The row that a Matrix id stands for: an agent if it is one's ghost, else a user. */
export interface Sender {
  readonly matrixId: string;
  readonly id: string;
  readonly isAgent: boolean;
  /** When this person was erased: nothing of what was said until then is kept. Milliseconds since 1970, or null. */
  readonly erasedAt: number | null;
}

export function actorOf(sender: Pick<Sender, "id" | "isAgent">): Actor {
  return sender.isAgent
    ? { id: encodeId("ag", sender.id), kind: "agent" }
    : { id: encodeId("u", sender.id), kind: "user" };
}

/** The rows of those Matrix ids that have one. */
export function sendersPart(matrixIds: readonly string[]): StatementPart<Sender[]> {
  return {
    params: [matrixIds],
    ctes: ($) => `
      sender AS (
        SELECT u.matrix_id AS "matrixId", u.id, false AS "isAgent", extract(epoch FROM u.erased_at) * 1000 AS "erasedAt"
          FROM users u WHERE u.matrix_id = ANY(${$(0)}::text[])
         UNION ALL
        SELECT a.matrix_id, a.id, true, NULL FROM agents a WHERE a.matrix_id = ANY(${$(0)}::text[]))`,
    // Agents come last and win in a map.
    result: () => `SELECT COALESCE(json_agg(sender ORDER BY sender."isAgent"), '[]') FROM sender`,
  };
}

/** The rows of all `wanted`, with users made for those whom nobody has met before. */
export async function ensureSenders(
  tx: Tx,
  known: readonly Sender[],
  wanted: ReadonlySet<string>,
): Promise<Map<string, Sender>> {
  const senders = new Map(known.map((sender) => [sender.matrixId, sender]));
  const unknown = [...wanted].filter((matrixId) => !senders.has(matrixId));
  if (unknown.length === 0) return senders;
  await ensureMatrixUsers(tx, unknown);
  const made = await runParts(tx.db, { senders: sendersPart(unknown) });
  return new Map([...senders, ...made.senders.map((sender) => [sender.matrixId, sender] as const)]);
}

/** The rows of these Matrix ids; users are made for those that have none. */
export async function resolveSenders(tx: Tx, matrixIds: readonly string[]): Promise<Map<string, Sender>> {
  const known = await runParts(tx.db, { senders: sendersPart(matrixIds) });
  return ensureSenders(tx, known.senders, new Set(matrixIds));
}
