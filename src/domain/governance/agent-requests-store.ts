import type { DbClient, Tx } from "../../db/index.ts";

/** A request for an agent, as far as it is not in the agent's row. Ids are uuids. */
export interface AgentRequest {
  readonly agentId: string;
  /** Who asked, when a person did. */
  readonly userId: string | null;
  readonly reason: string | null;
  /** Where it was told, and as which message. */
  readonly channelId: string | null;
  readonly sendId: string | null;
}

export async function insertAgentRequest(
  tx: Tx,
  request: Pick<AgentRequest, "agentId" | "userId" | "reason">,
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO agent_requests (agent_id, user_id, reason, created_at) VALUES ($1::uuid, $2::uuid, $3, $4)`,
    request.agentId,
    request.userId,
    request.reason,
    tx.now,
  );
}

/** Where a request was told of. */
export async function updateAgentRequestTold(
  tx: Tx,
  agentId: string,
  told: { readonly channelId: string; readonly sendId: string },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE agent_requests SET channel_id = $2::uuid, send_id = $3::uuid WHERE agent_id = $1::uuid`,
    agentId,
    told.channelId,
    told.sendId,
  );
}

const select = `SELECT agent_id::text AS "agentId", user_id::text AS "userId", reason, channel_id::text AS "channelId",
                       send_id::text AS "sendId" FROM agent_requests`;

export async function selectAgentRequest(db: DbClient, agentId: string): Promise<AgentRequest | undefined> {
  const rows = await db.$queryRawUnsafe<AgentRequest[]>(`${select} WHERE agent_id = $1::uuid`, agentId);
  return rows[0];
}

/** The request that the message with this Matrix event id told of. */
export async function selectAgentRequestOfEvent(
  db: DbClient,
  eventId: string,
): Promise<AgentRequest | undefined> {
  const rows = await db.$queryRawUnsafe<AgentRequest[]>(
    // The message and what sent it have the same id.
    `${select} WHERE send_id = ANY(ARRAY(SELECT s.id FROM matrix.sends s WHERE s.event_id = $1
                                          UNION ALL
                                         SELECT m.id FROM messages m WHERE m.matrix_event_id = $1))`,
    eventId,
  );
  return rows[0];
}

/** How many requests of a person for a microDAO nobody has decided yet. */
export async function countOpenRequests(
  db: DbClient,
  { userId, microdaoId }: { userId: string | null; microdaoId: string },
): Promise<number> {
  const rows = await db.$queryRawUnsafe<{ count: number }[]>(
    `SELECT count(*)::int AS count
       FROM agents a JOIN agent_requests r ON r.agent_id = a.id
      WHERE a.microdao_id = $1::uuid AND a.status = 'requested' AND r.user_id IS NOT DISTINCT FROM $2::uuid`,
    microdaoId,
    userId,
  );
  return rows[0]?.count ?? 0;
}

/** What was made by a request with this idempotency key. */
export async function selectRegistered(
  db: DbClient,
  { scope, key }: { scope: string; key: string },
): Promise<{ resourceId: string; requestHash: Uint8Array } | undefined> {
  const rows = await db.$queryRawUnsafe<{ resourceId: string; requestHash: Uint8Array }[]>(
    `SELECT resource_id::text AS "resourceId", request_hash AS "requestHash" FROM registry_requests
      WHERE idempotency_scope = $1 AND idempotency_key = $2`,
    scope,
    key,
  );
  return rows[0];
}

/** False when the key has been used; waits for whoever is just using it. */
export async function insertRegistered(
  tx: Tx,
  { scope, key }: { scope: string; key: string },
  made: { readonly resourceId: string; readonly requestHash: Uint8Array },
): Promise<boolean> {
  const inserted = await tx.db.$executeRawUnsafe(
    `INSERT INTO registry_requests (idempotency_scope, idempotency_key, request_hash, resource_id, created_at)
     VALUES ($1, $2, $3::bytea, $4::uuid, $5) ON CONFLICT DO NOTHING`,
    scope,
    key,
    made.requestHash,
    made.resourceId,
    tx.now,
  );
  return inserted > 0;
}
