import type { DbClient } from "../../db/index.ts";

/** An edit or a reaction, as it is exported. */
export interface ExportedRelation {
  readonly eventId: string;
  readonly target: string;
  readonly ts: number;
  readonly senderId: string;
  readonly senderIsAgent: boolean;
  readonly senderMatrixId: string | null;
}

export interface ExportedEdit extends ExportedRelation {
  readonly kind: string;
  readonly preview: string;
  readonly redacted: boolean;
}

export interface ExportedReaction extends ExportedRelation {
  readonly key: string;
}

export interface RelationsOf {
  /** uuid */
  readonly channelId: string;
  /** Messages, by their events. */
  readonly targets: readonly string[];
  /** The last event of the page before; empty for the first. */
  readonly after: string;
  readonly limit: number;
}

const columns = `x.event_id AS "eventId", x.target_event_id AS target, x.origin_server_ts::float8 AS ts,
  x.sender_id::text AS "senderId", a.id IS NOT NULL AS "senderIsAgent", COALESCE(a.matrix_id, u.matrix_id) AS "senderMatrixId"`;
const joins = `LEFT JOIN users u ON u.id = x.sender_id LEFT JOIN agents a ON a.id = x.sender_id
      WHERE x.target_event_id = ANY($1::text[]) AND x.channel_id = $2::uuid AND x.event_id COLLATE "C" > $3
      ORDER BY x.event_id COLLATE "C" LIMIT $4`;

/** Edits of these messages, by event id. */
export async function selectEditsOf(db: DbClient, of: RelationsOf): Promise<ExportedEdit[]> {
  return db.$queryRawUnsafe<ExportedEdit[]>(
    `SELECT ${columns}, x.kind, x.preview, x.redacted FROM matrix.edits x ${joins}`,
    of.targets,
    of.channelId,
    of.after,
    of.limit,
  );
}

/** Reactions to these messages that were not taken back, by event id. */
export async function selectReactionsTo(db: DbClient, of: RelationsOf): Promise<ExportedReaction[]> {
  return db.$queryRawUnsafe<ExportedReaction[]>(
    `SELECT ${columns}, x.key FROM (SELECT * FROM matrix.reactions WHERE NOT redacted AND target_event_id = ANY($1::text[])) x ${joins}`,
    of.targets,
    of.channelId,
    of.after,
    of.limit,
  );
}
