import type { Tx } from "../../db/index.ts";

/** An event that says it comes from a `matrix.sends` row. */
export interface SendClaim {
  readonly sendId: string;
  readonly eventId: string;
  readonly sender: string;
  readonly roomId: string;
}

/** Closes the rows of sends whose events came back; gives the claims that were true. */
export async function confirmSends(tx: Tx, claims: readonly SendClaim[]): Promise<SendClaim[]> {
  if (claims.length === 0) return [];
  return tx.db.$queryRawUnsafe<SendClaim[]>(
    `UPDATE matrix.sends s
        SET state = 'confirmed', event_id = c."eventId", content = NULL, confirmed_at = COALESCE(s.confirmed_at, $2),
            sent_at = COALESCE(s.sent_at, $2), leased_until = NULL
       FROM jsonb_to_recordset($1::jsonb) AS c("sendId" uuid, "eventId" text, sender text, "roomId" text)
      WHERE s.id = c."sendId" AND s.sender_matrix_id = c.sender AND s.room_id = c."roomId"
        AND (s.event_id IS NULL OR s.event_id = c."eventId")
     RETURNING s.id::text AS "sendId", c."eventId", c.sender, c."roomId"`,
    JSON.stringify(claims),
    tx.now,
  );
}
