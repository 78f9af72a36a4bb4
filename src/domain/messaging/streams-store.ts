import type { DbClient, Tx } from "../../db/index.ts";
import type { MessageType } from "./message-content.ts";

export type StreamState = "open" | "complete" | "failed" | "cancelled";

/** Who ended a stream: whoever wrote it, that nobody did for a while, or the room. */
export type StreamEnd = "owner" | "silence" | "room";

/** A message that grows: see `open-stream.ts`. */
export interface StreamRow {
  /** uuid of the send, which is the message's. */
  readonly id: string;
  readonly channelId: string;
  readonly agentId: string;
  readonly state: StreamState;
  readonly endedBy: StreamEnd | null;
  readonly markdown: boolean;
  readonly msgtype: MessageType;
  readonly threadRoot: string | null;
  /** The whole text so far; null when it has ended. */
  readonly body: string | null;
  /** Characters of it that the newest edit shows. */
  readonly shown: number;
  readonly seq: number;
  readonly edits: number;
  readonly editedAt: Date;
  /** When its owner was last heard of. */
  readonly grownAt: Date;
  /** The run that it is said for; null: none. */
  readonly runId: string | null;
}

export interface NewStreamRow
  extends Pick<StreamRow, "id" | "markdown" | "msgtype" | "threadRoot" | "shown" | "runId"> {
  readonly body: string;
}

export async function insertStream(tx: Tx, row: NewStreamRow): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.streams (send_id, markdown, msgtype, thread_root, body, shown, run_id, started_at, edited_at, grown_at)
     VALUES ($1::uuid, $2, $3, $4, $5, $6::int, $7, $8, $8, $8)`,
    row.id,
    row.markdown,
    row.msgtype,
    row.threadRoot,
    row.body,
    row.shown,
    row.runId,
    tx.now,
  );
}

const columns = `x.send_id::text AS id, s.channel_id::text AS "channelId", s.agent_id::text AS "agentId", x.state,
  x.ended_by AS "endedBy", x.markdown, x.msgtype, x.thread_root AS "threadRoot", x.body, x.shown, x.seq, x.edits,
  x.edited_at AS "editedAt", x.grown_at AS "grownAt", x.run_id AS "runId"`;

export async function selectStream(db: DbClient, id: string): Promise<StreamRow | undefined> {
  const rows = await db.$queryRawUnsafe<StreamRow[]>(
    `SELECT ${columns} FROM matrix.streams x JOIN matrix.sends s ON s.id = x.send_id WHERE x.send_id = $1::uuid`,
    id,
  );
  return rows[0];
}

/** The same, and until the end of the transaction nobody else changes it. */
export async function lockStream(tx: Tx, id: string): Promise<StreamRow | undefined> {
  const rows = await tx.db.$queryRawUnsafe<StreamRow[]>(
    `SELECT ${columns} FROM matrix.streams x JOIN matrix.sends s ON s.id = x.send_id
      WHERE x.send_id = $1::uuid FOR UPDATE OF x`,
    id,
  );
  return rows[0];
}

/** Open streams that are said for any of these runs; uuids, the oldest first. */
export async function selectOpenOfRuns(db: DbClient, runIds: readonly string[]): Promise<string[]> {
  const rows = await db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT x.send_id::text AS id FROM matrix.streams x
      WHERE x.run_id = ANY($1::text[]) AND x.state = 'open' ORDER BY x.send_id`,
    runIds,
  );
  return rows.map(({ id }) => id);
}

export interface StreamGrowth {
  readonly id: string;
  readonly body: string;
  readonly seq: number;
  readonly shown: number;
  readonly edits: number;
  /** When what is shown was queued. */
  readonly editedAt: Date;
  /** When the rest is to be shown; null: all of it is, or will be with the end. */
  readonly dueAt: Date | null;
  /** Whether its owner was heard of just now. */
  readonly alive: boolean;
}

export async function updateGrowth(tx: Tx, growth: StreamGrowth): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.streams
        SET body = $2, seq = $3::int, shown = $4::int, edits = $5::int, edited_at = $6, due_at = $7,
            grown_at = CASE WHEN $8 THEN $9 ELSE grown_at END
      WHERE send_id = $1::uuid AND state = 'open'`,
    growth.id,
    growth.body,
    growth.seq,
    growth.shown,
    growth.edits,
    growth.editedAt,
    growth.dueAt,
    growth.alive,
    tx.now,
  );
}

/** Its words are gone from here with its end; what is still to be sent is in the queue. */
export async function updateEnded(
  tx: Tx,
  ended: { id: string; state: Exclude<StreamState, "open">; endedBy: StreamEnd; edits: number },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.streams
        SET state = $2, ended_by = $3, edits = $4::int, ended_at = $5, body = NULL, due_at = NULL
      WHERE send_id = $1::uuid`,
    ended.id,
    ended.state,
    ended.endedBy,
    ended.edits,
    tx.now,
  );
}

export async function updateReopened(tx: Tx, id: string, body: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.streams
        SET state = 'open', ended_by = NULL, ended_at = NULL, body = $2, grown_at = $3, seq = 0
      WHERE send_id = $1::uuid`,
    id,
    body,
    tx.now,
  );
}

/**
 * Puts other words into an edit of a stream that nobody has tried to send yet; gives its id, or undefined when there is
 * none. One that may be on its way is never changed: the homeserver may have it under the same transaction id.
 */
export async function replaceWaitingEdit(tx: Tx, id: string, content: object): Promise<string | undefined> {
  const rows = await tx.db.$queryRawUnsafe<{ id: string }[]>(
    `WITH waiting AS MATERIALIZED (
       SELECT s.id FROM matrix.sends s
        WHERE s.message_id = $1::uuid AND s.kind = 'edit' AND s.state = 'queued' AND s.attempts = 0
          AND s.idempotency_key IS NULL
        ORDER BY s.seq DESC LIMIT 1
          FOR UPDATE SKIP LOCKED)
     UPDATE matrix.sends s
        SET content = $2::jsonb || jsonb_build_object('org.microdao.send', s.content -> 'org.microdao.send')
       FROM waiting w WHERE s.id = w.id AND s.state = 'queued' AND s.attempts = 0
     RETURNING s.id::text AS id`,
    id,
    JSON.stringify(content),
  );
  return rows[0]?.id;
}

/** What an open stream needs: its text shown, its end because nobody goes on with it, or its end because of the room. */
export type StreamNeed = "showing" | "silence" | "room";

/** Open streams that need something, the longest waiting first. */
export async function selectNeedyStreams(
  db: DbClient,
  { now, silentSince, limit }: { now: Date; silentSince: Date; limit: number },
): Promise<{ id: string; need: StreamNeed }[]> {
  return db.$queryRawUnsafe<{ id: string; need: StreamNeed }[]>(
    `SELECT id, need FROM (
       SELECT x.send_id::text AS id, x.grown_at,
              CASE WHEN EXISTS (SELECT FROM messages m WHERE m.id = x.send_id AND m.redacted_at IS NOT NULL)
                     OR EXISTS (SELECT FROM matrix.sends s JOIN channels c ON c.id = s.channel_id
                                  JOIN teams t ON t.id = c.team_id
                                 WHERE s.id = x.send_id AND t.mode = 'confidential') THEN 'room'
                   WHEN x.grown_at <= $2 THEN 'silence'
                   WHEN x.due_at <= $1 THEN 'showing' END AS need
         FROM matrix.streams x WHERE x.state = 'open') open
      WHERE need IS NOT NULL ORDER BY grown_at LIMIT $3::int`,
    now,
    silentSince,
    limit,
  );
}

/** Whether what is said in a channel may not be kept here, not even for a while. */
export async function selectIsConfidential(db: DbClient, channelId: string): Promise<boolean> {
  const rows = await db.$queryRawUnsafe<{ confidential: boolean }[]>(
    `SELECT t.mode = 'confidential' AS confidential FROM channels c JOIN teams t ON t.id = c.team_id
      WHERE c.id = $1::uuid`,
    channelId,
  );
  return rows[0]?.confidential === true;
}
