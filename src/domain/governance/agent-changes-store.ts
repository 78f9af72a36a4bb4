import { type DbClient, microsecondsOf, type Tx, timeOfMicroseconds } from "../../db/index.ts";
import type { Actor } from "../../kernel/actor.ts";
import { newId } from "../../kernel/ids.ts";
import type { AgentStatus } from "./agents-store.ts";

export type AgentAction =
  | "registered"
  | "requested"
  | "approved"
  | "refused"
  | "suspended"
  | "activated"
  | "revoked"
  | "edited";

/** Something that was decided about an agent. */
export interface AgentChange {
  /** `agc_…` */
  readonly id: string;
  readonly action: AgentAction;
  readonly before: AgentStatus | null;
  readonly after: AgentStatus;
  readonly actorId: string;
  readonly actorKind: Actor["kind"];
  readonly reason: string | null;
  readonly data: unknown;
  /** Microseconds since 1970. */
  readonly createdUs: bigint;
}

export interface NewAgentChange {
  /** uuid */
  readonly agentId: string;
  readonly action: AgentAction;
  readonly before: AgentStatus | null;
  readonly after: AgentStatus;
  readonly reason: string | null;
  readonly data: object;
}

export async function insertAgentChange(tx: Tx, row: NewAgentChange): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO agent_changes (id, agent_id, action, before, after, actor_id, actor_kind, reason, data, created_at)
     VALUES ($1, $2::uuid, $3, $4, $5, $6, $7, $8, $9::jsonb, $10)`,
    newId("agc", tx.now),
    row.agentId,
    row.action,
    row.before,
    row.after,
    tx.actor.id,
    tx.actor.kind,
    row.reason,
    JSON.stringify(row.data),
    tx.now,
  );
}

/** The next changes of an agent (uuid), oldest first. */
export async function selectAgentChanges(
  db: DbClient,
  agentId: string,
  range: {
    readonly after: { readonly createdUs: bigint; readonly id: string } | null;
    readonly limit: number;
  },
): Promise<AgentChange[]> {
  return db.$queryRawUnsafe<AgentChange[]>(
    `SELECT id, action, before, after, actor_id AS "actorId", actor_kind AS "actorKind", reason, data,
            ${microsecondsOf("created_at")} AS "createdUs"
       FROM agent_changes
      WHERE agent_id = $1::uuid
        AND ($2::bigint IS NULL OR (created_at, id) > (${timeOfMicroseconds("$2")}, $3))
      ORDER BY created_at, id LIMIT $4`,
    agentId,
    range.after?.createdUs ?? null,
    range.after?.id ?? null,
    range.limit,
  );
}
