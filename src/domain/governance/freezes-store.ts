import type { DbClient, Tx } from "../../db/index.ts";
import type { AgentStatus } from "./agents-store.ts";

/** What can be frozen, by its uuid. */
export type FreezeTarget = { readonly channelId: string } | { readonly microdaoId: string };

export interface Freeze {
  /** uuid */
  readonly id: string;
  readonly channelId: string | null;
  readonly microdaoId: string | null;
  readonly reason: string;
  /** Prefixed id of whoever did it. */
  readonly frozenBy: string;
  readonly createdAt: Date;
}

/** What lies over a channel: the freeze of its microDAO counts before its own. */
export type Frozen = "microdao" | "channel" | null;

/** The freeze that lies over a channel, of its uuid and its microDAO's, as a text of SQL. */
export const frozenOf = (channelId: string, microdaoId: string) => `CASE
    WHEN EXISTS (SELECT FROM freezes f WHERE f.microdao_id = ${microdaoId}) THEN 'microdao'
    WHEN EXISTS (SELECT FROM freezes f WHERE f.channel_id = ${channelId}) THEN 'channel' END`;

const columns = `id::text AS id, channel_id::text AS "channelId", microdao_id::text AS "microdaoId", reason,
  frozen_by AS "frozenBy", created_at AS "createdAt"`;

const place = (target: FreezeTarget) =>
  "channelId" in target
    ? { column: "channel_id", id: target.channelId }
    : { column: "microdao_id", id: target.microdaoId };

export async function selectFreeze(db: DbClient, target: FreezeTarget): Promise<Freeze | undefined> {
  const { column, id } = place(target);
  const rows = await db.$queryRawUnsafe<Freeze[]>(
    `SELECT ${columns} FROM freezes WHERE ${column} = $1::uuid`,
    id,
  );
  return rows[0];
}

/** False when it is frozen already. */
export async function insertFreeze(
  tx: Tx,
  target: FreezeTarget,
  row: { readonly id: string; readonly reason: string },
): Promise<boolean> {
  const { column, id } = place(target);
  const inserted = await tx.db.$executeRawUnsafe(
    `INSERT INTO freezes (id, ${column}, reason, frozen_by, created_at) VALUES ($1::uuid, $2::uuid, $3, $4, $5)
     ON CONFLICT (${column}) DO NOTHING`,
    row.id,
    id,
    row.reason,
    tx.actor.id,
    tx.now,
  );
  return inserted > 0;
}

/** What was lifted; undefined when it was not frozen. */
export async function deleteFreeze(tx: Tx, target: FreezeTarget): Promise<Freeze | undefined> {
  const { column, id } = place(target);
  const rows = await tx.db.$queryRawUnsafe<Freeze[]>(
    `DELETE FROM freezes WHERE ${column} = $1::uuid RETURNING ${columns}`,
    id,
  );
  return rows[0];
}

export interface SpeakingRow {
  readonly frozen: Frozen;
  readonly agentExternalId: string | null;
  readonly agentStatus: AgentStatus | null;
}

/** Whether an agent may do anything in a channel at all; undefined when there is no such channel. */
export async function selectSpeaking(
  db: DbClient,
  channelId: string,
  agentId: string,
): Promise<SpeakingRow | undefined> {
  const rows = await db.$queryRawUnsafe<SpeakingRow[]>(
    `SELECT ${frozenOf("c.id", "c.microdao_id")} AS frozen, a.external_id AS "agentExternalId", a.status AS "agentStatus"
       FROM channels c LEFT JOIN agents a ON a.id = $2::uuid
      WHERE c.id = $1::uuid`,
    channelId,
    agentId,
  );
  return rows[0];
}
