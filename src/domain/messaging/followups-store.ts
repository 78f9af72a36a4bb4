import { type DbClient, microsecondsOf, type Tx, timeOfMicroseconds } from "../../db/index.ts";
import type { Actor } from "../../kernel/actor.ts";
import { isOutside } from "./kept-words.ts";
import type { Place } from "./read-messages.ts";
import { inOneRoom } from "./relations-store.ts";

export type FollowupStatus = "open" | "resolved";

/** A message that somebody is to come back to. Times are microseconds since 1970. */
export interface Followup {
  /** `f_…` */
  readonly id: string;
  readonly status: FollowupStatus;
  /** What is to be done; mostly empty. */
  readonly note: string;
  /** uuids */
  readonly channelId: string;
  readonly microdaoId: string;
  readonly teamId: string | null;
  readonly messageId: string;
  readonly eventId: string;
  /** The message's; empty when it was redacted. */
  readonly preview: string;
  readonly messageKind: string;
  readonly senderMatrixId: string | null;
  readonly senderName: string | null;
  /** Whether its room shows what was said to those who come later. */
  readonly openHistory: boolean;
  readonly assignee: Assignee | null;
  readonly createdBy: Actor;
  readonly createdUs: bigint;
  readonly updatedUs: bigint;
  readonly resolvedBy: Actor | null;
  readonly resolvedUs: bigint | null;
}

/** Somebody who is to see to a follow-up. `id`: uuid. */
export interface Assignee {
  readonly kind: "user" | "agent";
  readonly id: string;
  readonly matrixId: string | null;
}

const columns = `
  f.id, f.status, f.note, f.channel_id::text AS "channelId", c.microdao_id::text AS "microdaoId", c.team_id AS "teamId",
  f.message_id::text AS "messageId", m.matrix_event_id AS "eventId", m.content_preview AS preview, m.kind AS "messageKind",
  COALESCE(su.matrix_id, sa.matrix_id) AS "senderMatrixId", COALESCE(su.display_name, sa.name) AS "senderName",
  COALESCE(c.history_visibility IN ('shared', 'world_readable'), false) AS "openHistory",
  CASE WHEN au.id IS NOT NULL THEN jsonb_build_object('kind', 'user', 'id', au.id, 'matrixId', au.matrix_id)
       WHEN aa.id IS NOT NULL THEN jsonb_build_object('kind', 'agent', 'id', aa.id, 'matrixId', aa.matrix_id) END AS assignee,
  jsonb_build_object('id', f.created_by, 'kind', f.created_by_kind) AS "createdBy",
  ${microsecondsOf("f.created_at")} AS "createdUs", ${microsecondsOf("f.updated_at")} AS "updatedUs",
  CASE WHEN f.resolved_by IS NOT NULL
       THEN jsonb_build_object('id', f.resolved_by, 'kind', f.resolved_by_kind) END AS "resolvedBy",
  ${microsecondsOf("f.resolved_at")} AS "resolvedUs"`;

const joins = `
  JOIN channels c ON c.id = f.channel_id
  JOIN messages m ON m.id = f.message_id
  LEFT JOIN users su ON su.id = m.sender_user_id
  LEFT JOIN agents sa ON sa.id = m.sender_agent_id
  LEFT JOIN users au ON au.id = f.assignee_user_id
  LEFT JOIN agents aa ON aa.id = f.assignee_agent_id`;

export async function findFollowup(db: DbClient, id: string): Promise<Followup | undefined> {
  const rows = await db.$queryRawUnsafe<Followup[]>(
    `SELECT ${columns} FROM followups f ${joins} WHERE f.id = $1`,
    id,
  );
  return rows[0];
}

export async function selectFollowupOfMessage(
  db: DbClient,
  messageId: string,
): Promise<Followup | undefined> {
  const rows = await db.$queryRawUnsafe<Followup[]>(
    `SELECT ${columns} FROM followups f ${joins} WHERE f.message_id = $1::uuid`,
    messageId,
  );
  return rows[0];
}

/** The same, and nobody else changes it until this transaction has ended. */
export async function lockFollowup(tx: Tx, id: string): Promise<Followup | undefined> {
  await tx.db.$queryRawUnsafe(`SELECT 1 FROM followups WHERE id = $1 FOR UPDATE`, id);
  return findFollowup(tx.db, id);
}

export interface FollowupRange {
  /** uuids of the channels that may be looked into. */
  readonly channelIds: readonly string[];
  /** Null: whatever its status. */
  readonly status: FollowupStatus | null;
  /** uuid of a person or agent; null: whoever is to see to it. */
  readonly assigneeId: string | null;
  /** Where the page before ended. */
  readonly after: Place | null;
  readonly limit: number;
}

/** Follow-ups, newest first: one statement. Each channel gives at most a page, so one that has very many costs no more. */
export async function listFollowups(db: DbClient, range: FollowupRange): Promise<Followup[]> {
  if (range.channelIds.length === 0) return [];
  return db.$queryRawUnsafe<Followup[]>(
    `WITH page AS MATERIALIZED (
       SELECT x.* FROM unnest($1::uuid[]) AS channel(id) CROSS JOIN unnest($2::text[]) AS wanted(status)
        CROSS JOIN LATERAL (
          SELECT w.* FROM followups w
           WHERE w.channel_id = channel.id AND w.status = wanted.status
             AND ($3::uuid IS NULL OR w.assignee_user_id = $3::uuid OR w.assignee_agent_id = $3::uuid)
             AND ($4::bigint IS NULL OR (w.created_at, w.id) < (${timeOfMicroseconds("$4")}, $5::text COLLATE "C"))
           ORDER BY w.created_at DESC, w.id COLLATE "C" DESC LIMIT $6) x
        ORDER BY x.created_at DESC, x.id COLLATE "C" DESC LIMIT $6)
     SELECT ${columns} FROM page f ${joins} ORDER BY f.created_at DESC, f.id COLLATE "C" DESC`,
    range.channelIds,
    range.status === null ? ["open", "resolved"] : [range.status],
    range.assigneeId,
    range.after?.createdUs ?? null,
    range.after?.id ?? null,
    range.limit,
  );
}

/** A message that may become a follow-up. */
export interface FollowupTarget {
  readonly channelId: string;
  /** Whether words about it may be kept: it stands, and so do its own. */
  readonly keepsWords: boolean;
}

const keepsWords = `m.redacted_at IS NULL AND NOT c.encrypted AND COALESCE(t.mode, 'public') <> 'confidential'
  AND NOT ${isOutside("m", "c")} AS "keepsWords"`;

/** The mirrored message with this uuid. */
export async function selectFollowupTarget(
  db: DbClient,
  messageId: string,
): Promise<FollowupTarget | undefined> {
  const rows = await db.$queryRawUnsafe<FollowupTarget[]>(
    `SELECT m.channel_id::text AS "channelId", ${keepsWords}
       FROM messages m JOIN channels c ON c.id = m.channel_id LEFT JOIN teams t ON t.id = c.team_id
      WHERE m.id = $1::uuid`,
    messageId,
  );
  return rows[0];
}

/** uuid of a message of this channel by its Matrix event. */
export async function findMessageByEvent(
  db: DbClient,
  channelId: string,
  eventId: string,
): Promise<string | undefined> {
  const rows = await db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT id::text AS id FROM messages WHERE matrix_event_id = $1 AND channel_id = $2::uuid`,
    eventId,
    channelId,
  );
  return rows[0]?.id;
}

/** Somebody who has joined the channel, by uuid or Matrix id. */
export async function selectAssignee(
  db: DbClient,
  channelId: string,
  who: string,
): Promise<Assignee | undefined> {
  const rows = await db.$queryRawUnsafe<Assignee[]>(
    `SELECT x.kind, x.id::text AS id, x.matrix_id AS "matrixId"
       FROM (SELECT 'user' AS kind, u.id, u.matrix_id FROM users u WHERE u.matrix_id = $2
              UNION ALL SELECT 'user', u.id, u.matrix_id FROM users u WHERE u.id = $3::uuid
              UNION ALL SELECT 'agent', a.id, a.matrix_id FROM agents a WHERE a.matrix_id = $2
              UNION ALL SELECT 'agent', a.id, a.matrix_id FROM agents a WHERE a.id = $3::uuid) x
      WHERE EXISTS (SELECT FROM channel_members k
                     WHERE k.channel_id = $1::uuid AND k.membership = 'join'
                       AND (k.member_user_id = x.id OR k.member_agent_id = x.id))
      LIMIT 1`,
    channelId,
    who,
    uuidPattern.test(who) ? who : null,
  );
  return rows[0];
}

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface NewFollowupRow {
  readonly id: string;
  readonly messageId: string;
  readonly channelId: string;
  readonly note: string;
  readonly assignee: Assignee | null;
  readonly reactionEventId: string | null;
  readonly by: Actor;
}

/** False when the message has a follow-up already; waits for whoever is just making one. */
export async function insertFollowup(tx: Tx, row: NewFollowupRow): Promise<boolean> {
  const inserted = await tx.db.$executeRawUnsafe(
    `INSERT INTO followups (id, message_id, channel_id, note, assignee_user_id, assignee_agent_id, reaction_event_id,
                            created_by, created_by_kind, created_at, updated_at)
     VALUES ($1, $2::uuid, $3::uuid, $4, $5::uuid, $6::uuid, $7, $8, $9, $10, $10)
     ON CONFLICT (message_id) DO NOTHING`,
    row.id,
    row.messageId,
    row.channelId,
    row.note,
    ...assigneeColumns(row.assignee),
    row.reactionEventId,
    row.by.id,
    row.by.kind,
    tx.now,
  );
  return inserted > 0;
}

/** Writes down how a follow-up stands now. `resolvedBy`: null while it is open. */
export async function updateFollowup(
  tx: Tx,
  id: string,
  row: Pick<Followup, "note" | "assignee" | "resolvedBy"> & { readonly resolvedUs: bigint | null },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE followups
        SET note = $2, assignee_user_id = $3::uuid, assignee_agent_id = $4::uuid,
            status = CASE WHEN $5::text IS NULL THEN 'open' ELSE 'resolved' END,
            resolved_by = $5, resolved_by_kind = $6, resolved_at = ${timeOfMicroseconds("$7")},
            updated_at = GREATEST($8::timestamptz, created_at + interval '1 microsecond')
      WHERE id = $1`,
    id,
    row.note,
    ...assigneeColumns(row.assignee),
    row.resolvedBy?.id ?? null,
    row.resolvedBy?.kind ?? null,
    row.resolvedUs,
    tx.now,
  );
}

function assigneeColumns(assignee: Assignee | null): [string | null, string | null] {
  if (assignee === null) return [null, null];
  return assignee.kind === "user" ? [assignee.id, null] : [null, assignee.id];
}

/** The reaction in this room that stands, if its message is in the mirror. */
export async function selectStandingPin(
  db: DbClient,
  { channelId, reactionEventId }: { channelId: string; reactionEventId: string },
): Promise<{ messageId: string } | undefined> {
  const rows = await db.$queryRawUnsafe<{ messageId: string }[]>(
    `SELECT m.id::text AS "messageId"
       FROM matrix.reactions x JOIN messages m ON m.matrix_event_id = x.target_event_id AND m.channel_id = x.channel_id
                                AND ${inOneRoom("x.room_id", "m.matrix_room_id")}
      WHERE x.event_id = $1 AND x.channel_id = $2::uuid AND NOT x.redacted`,
    reactionEventId,
    channelId,
  );
  return rows[0];
}

/**
 * Follow-ups whose reaction was taken back and that nobody has touched go, unless somebody else marked the message as
 * well: then it is theirs. Gives those that are to go; they are still there.
 */
export async function handPinsOn(tx: Tx, followupIds: readonly string[]): Promise<Followup[]> {
  await tx.db.$executeRawUnsafe(
    `UPDATE followups f SET reaction_event_id = other.event_id
       FROM (SELECT w.id, x.event_id
               FROM followups w
               JOIN messages m ON m.id = w.message_id
               CROSS JOIN LATERAL (
                 SELECT r.event_id FROM matrix.reactions r
                  WHERE r.target_event_id = m.matrix_event_id AND r.channel_id = w.channel_id AND NOT r.redacted
                    AND ${inOneRoom("r.room_id", "m.matrix_room_id")}
                    AND ${isPin("r.key")}
                  ORDER BY r.origin_server_ts, r.event_id COLLATE "C" LIMIT 1) x
              WHERE w.id = ANY($1::text[])) other
      WHERE f.id = other.id AND f.id = ANY($1::text[])`,
    followupIds,
  );
  return tx.db.$queryRawUnsafe<Followup[]>(
    `SELECT ${columns} FROM followups f ${joins}
      WHERE f.id = ANY($1::text[]) AND f.updated_at = f.created_at
        AND EXISTS (SELECT FROM matrix.reactions r WHERE r.event_id = f.reaction_event_id AND r.redacted)
      ORDER BY f.id COLLATE "C"`,
    followupIds,
  );
}

/** SQL: whether a reaction's key is a pin, with or without a variation selector. */
function isPin(key: string): string {
  return `replace(${key}, U&'\\FE0F', '') = '📌'`;
}

export async function deleteFollowups(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.db.$executeRawUnsafe(`DELETE FROM followups WHERE id = ANY($1::text[])`, ids);
}

/** Takes the notes away that somebody (`u_…`) wrote. */
export async function clearNotesOf(tx: Tx, by: string): Promise<void> {
  await tx.db.$executeRawUnsafe(`UPDATE followups SET note = '' WHERE created_by = $1 AND note <> ''`, by);
}
