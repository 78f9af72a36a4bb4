import type { DbClient, Tx } from "../../db/index.ts";

export type SendState = "queued" | "sending" | "sent" | "confirmed" | "failed";

/** A message, or what is done to one. */
export type SendKind = "message" | "edit" | "reaction" | "reaction_removal" | "redaction";

export interface NewSendRow {
  readonly id: string;
  readonly kind: SendKind;
  /** What it does something to; absent on messages. */
  readonly target?: SendTarget | undefined;
  readonly txnId: string;
  readonly channelId: string;
  readonly roomId: string;
  readonly senderMatrixId: string;
  readonly agentId: string;
  readonly eventType: string;
  readonly content: object;
  readonly idempotency: { readonly scope: string; readonly key: string } | undefined;
  readonly requestHash: Uint8Array;
  /** The send of the first part; absent on what is whole. */
  readonly partOf?: string | undefined;
}

export interface SendTarget {
  /** uuid of the message that it is about. */
  readonly messageId: string;
  /** The row that made the event which it changes, or else the event. */
  readonly event: { readonly sendId: string } | { readonly eventId: string };
}

/** What `tx.wake` is given when there is something to deliver. */
export const sendsBell = "sends";

/** False when there is a row with this idempotency key already; waits for whoever is just writing one. */
export async function insertSend(tx: Tx, row: NewSendRow): Promise<boolean> {
  tx.wake(sendsBell);
  const inserted = await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.sends (id, txn_id, channel_id, room_id, sender_matrix_id, agent_id, event_type, content,
                               idempotency_scope, idempotency_key, request_hash, next_attempt_at, created_at,
                               kind, message_id, target_send_id, target_event_id)
     VALUES ($1::uuid, $2, $3::uuid, $4, $5, $6::uuid, $7, $8::jsonb, $9, $10, $11::bytea, $12, $12,
             $13, $14::uuid, $15::uuid, $16)
     ON CONFLICT (idempotency_scope, idempotency_key) DO NOTHING`,
    row.id,
    row.txnId,
    row.channelId,
    row.roomId,
    row.senderMatrixId,
    row.agentId,
    row.eventType,
    JSON.stringify(row.content),
    row.idempotency?.scope ?? null,
    row.idempotency?.key ?? null,
    row.requestHash,
    tx.now,
    row.kind,
    ...targetColumns(row.target),
  );
  return inserted > 0;
}

/** Sends of messages without keys or with keys of their own, in this order, in one statement. Gives the ids of the new rows. */
export async function insertSends(
  tx: Tx,
  rows: readonly (Omit<NewSendRow, "target" | "idempotency" | "requestHash"> &
    Partial<Pick<NewSendRow, "idempotency" | "requestHash">>)[],
): Promise<string[]> {
  if (rows.length === 0) return [];
  tx.wake(sendsBell);
  const inserted = await tx.db.$queryRawUnsafe<{ id: string }[]>(
    `INSERT INTO matrix.sends (id, txn_id, channel_id, room_id, sender_matrix_id, agent_id, event_type, content,
                               idempotency_scope, idempotency_key, request_hash, next_attempt_at, created_at, kind, part_of)
     SELECT x.id, x.txn_id, x.channel_id, x.room_id, x.sender, x.agent_id, x.event_type, x.content,
            x.scope, x.key, decode(x.hash, 'hex'), $2, $2, 'message', x.part_of
       FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (
              id uuid, txn_id text, channel_id uuid, room_id text, sender text, agent_id uuid, event_type text,
              content jsonb, scope text, key text, hash text, part_of uuid)) WITH ORDINALITY AS x
      ORDER BY x.ordinality
     ON CONFLICT (idempotency_scope, idempotency_key) DO NOTHING
     RETURNING id::text AS id`,
    JSON.stringify(
      rows.map((row) => ({
        id: row.id,
        txn_id: row.txnId,
        channel_id: row.channelId,
        room_id: row.roomId,
        sender: row.senderMatrixId,
        agent_id: row.agentId,
        event_type: row.eventType,
        content: row.content,
        scope: row.idempotency?.scope ?? null,
        key: row.idempotency?.key ?? null,
        hash: row.requestHash === undefined ? null : Buffer.from(row.requestHash).toString("hex"),
        part_of: row.partOf ?? null,
      })),
    ),
    tx.now,
  );
  return inserted.map(({ id }) => id);
}

/** The other parts of a message that was sent in several, in order. */
export async function selectParts(db: DbClient, firstId: string): Promise<readonly string[]> {
  return (await selectPartsOf(db, [firstId])).get(firstId) ?? [];
}

/** The same for several messages; those that are whole are left out. */
export async function selectPartsOf(
  db: DbClient,
  firstIds: readonly string[],
): Promise<Map<string, string[]>> {
  if (firstIds.length === 0) return new Map();
  const rows = await db.$queryRawUnsafe<{ first: string; ids: string[] }[]>(
    `SELECT part_of::text AS first, array_agg(id::text ORDER BY seq) AS ids FROM matrix.sends
      WHERE part_of = ANY($1::uuid[]) GROUP BY part_of`,
    firstIds,
  );
  return new Map(rows.map(({ first, ids }) => [first, ids]));
}

function targetColumns(target: SendTarget | undefined): (string | null)[] {
  if (target === undefined) return [null, null, null];
  const { messageId, event } = target;
  return "sendId" in event ? [messageId, event.sendId, null] : [messageId, null, event.eventId];
}

export interface KeyedSendRow {
  readonly id: string;
  readonly state: SendState;
  readonly requestHash: Uint8Array | null;
}

export async function selectSendByKey(
  db: DbClient,
  { scope, key }: { scope: string; key: string },
): Promise<KeyedSendRow | undefined> {
  const rows = await db.$queryRawUnsafe<KeyedSendRow[]>(
    `SELECT id::text AS id, state, request_hash AS "requestHash" FROM matrix.sends
      WHERE idempotency_scope = $1 AND idempotency_key = $2`,
    scope,
    key,
  );
  return rows[0];
}

/** The same for several keys of one scope. */
export async function selectSendsByKeys(
  db: DbClient,
  scope: string,
  keys: readonly string[],
): Promise<(KeyedSendRow & { readonly key: string })[]> {
  return db.$queryRawUnsafe<(KeyedSendRow & { readonly key: string })[]>(
    `SELECT id::text AS id, state, request_hash AS "requestHash", idempotency_key AS key FROM matrix.sends
      WHERE idempotency_scope = $1 AND idempotency_key = ANY($2::text[])`,
    scope,
    keys,
  );
}

/** How far a message of ours has come, or what was done to one. */
export interface Send {
  readonly id: string;
  readonly kind: SendKind;
  /** uuid of the message that it is about: itself, if it is one. */
  readonly messageId: string;
  readonly channelId: string;
  readonly agentId: string;
  readonly senderMatrixId: string;
  readonly state: SendState;
  /** Times the homeserver was asked. */
  readonly attempts: number;
  readonly eventId: string | null;
  /** Why it failed, or why the last try did not work: a Matrix errcode or a code of ours. */
  readonly lastErrorCode: string | null;
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly nextAttemptAt: Date;
  readonly sentAt: Date | null;
  readonly confirmedAt: Date | null;
}

/** What we sent with this uuid (which is a message's `messages.id` too), or undefined. */
export async function findSend(db: DbClient, id: string): Promise<Send | undefined> {
  const rows = await db.$queryRawUnsafe<Send[]>(
    `SELECT id::text AS id, kind, COALESCE(message_id, id)::text AS "messageId",
            channel_id::text AS "channelId", agent_id::text AS "agentId",
            sender_matrix_id AS "senderMatrixId", state, attempts, event_id AS "eventId",
            last_error_code AS "lastErrorCode", last_error AS "lastError", created_at AS "createdAt",
            next_attempt_at AS "nextAttemptAt", sent_at AS "sentAt", confirmed_at AS "confirmedAt"
       FROM matrix.sends WHERE id = $1::uuid`,
    id,
  );
  return rows[0];
}

export interface NoticePlace {
  readonly channelId: string;
  readonly agentName: string;
  readonly botId: string;
}

/** Where a send that failed is told of, and by whom; undefined when it has not failed, or there is no bot. */
export async function selectNoticePlace(
  db: DbClient,
  id: string,
  botUserId: string,
): Promise<NoticePlace | undefined> {
  const rows = await db.$queryRawUnsafe<NoticePlace[]>(
    `SELECT s.channel_id::text AS "channelId", a.name AS "agentName", b.id::text AS "botId"
       FROM matrix.sends s
       JOIN agents a ON a.id = s.agent_id
       JOIN agents b ON b.matrix_id = $2
      WHERE s.id = $1::uuid AND s.state = 'failed'`,
    id,
    botUserId,
  );
  return rows[0];
}

/**
 * The message (uuid) whose end a send was that failed: the last edit of one that grew, or another part of one that was sent
 * in several. Null when it was no end, or nothing of the message is in the room.
 */
export async function selectUnfinished(db: DbClient, id: string): Promise<string | null> {
  const rows = await db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT f.id::text AS id
       FROM matrix.sends s
       JOIN matrix.sends f ON f.id = COALESCE(s.part_of, CASE WHEN s.kind = 'edit' THEN s.message_id END)
      WHERE s.id = $1::uuid AND s.state = 'failed' AND f.event_id IS NOT NULL
        AND (s.part_of IS NOT NULL
             OR EXISTS (SELECT 1 FROM matrix.streams x WHERE x.send_id = f.id AND x.state <> 'open')
                AND NOT EXISTS (SELECT 1 FROM matrix.sends e
                                 WHERE e.message_id = f.id AND e.kind = 'edit' AND e.seq > s.seq))`,
    id,
  );
  return rows[0]?.id ?? null;
}

/** The scope of the idempotency keys of what the bot says by itself; access keys have scopes of their own. */
export const bridgeScope = "bridge";
/** Keys in it of the notice that a room is mirrored begin with it. */
export const noticeKeyPrefix = "notice:";

export interface EchoRow {
  readonly send_id: string | null;
  readonly event_id: string;
  readonly sender: string;
  readonly room_id: string;
}

/**
 * Closes rows whose event has come back, in one statement. Believed are echoes from the row's own sender in its own
 * room whose event id does not contradict the one the homeserver gave. A room remembers its notice. Gives the pairs that are believed, those of an
 * echo seen before included.
 */
export async function closeSends(
  tx: Tx,
  echoes: readonly EchoRow[],
): Promise<{ sendId: string; eventId: string }[]> {
  return tx.db.$queryRawUnsafe<{ sendId: string; eventId: string }[]>(
    `WITH believed AS MATERIALIZED (
       SELECT DISTINCT ON (s.id) s.id, e.event_id, s.state, s.room_id, s.idempotency_scope, s.idempotency_key
         FROM jsonb_to_recordset($1::jsonb) AS e(send_id uuid, event_id text, sender text, room_id text)
        CROSS JOIN LATERAL (
          SELECT x.* FROM matrix.sends x WHERE x.id = e.send_id AND (x.event_id IS NULL OR x.event_id = e.event_id)
           UNION
          SELECT x.* FROM matrix.sends x WHERE x.event_id = e.event_id) s
        WHERE s.sender_matrix_id = e.sender AND s.room_id = e.room_id
        ORDER BY s.id, e.event_id
     ), closed AS (
       UPDATE matrix.sends s
          SET state = 'confirmed', event_id = b.event_id, content = NULL, confirmed_at = $2,
              sent_at = COALESCE(s.sent_at, $2), leased_until = NULL, last_error_code = NULL, last_error = NULL
         FROM believed b
        WHERE s.id = b.id AND b.state <> 'confirmed'
     ), noticed AS (
       UPDATE matrix.rooms r SET notice_event_id = b.event_id
         FROM believed b
        WHERE r.room_id = b.room_id AND b.state <> 'confirmed'
          AND b.idempotency_scope = $3 AND starts_with(b.idempotency_key, $4)
     )
     SELECT id::text AS "sendId", event_id AS "eventId" FROM believed`,
    JSON.stringify(echoes),
    tx.now,
    bridgeScope,
    noticeKeyPrefix,
  );
}

/** Takes the content out of what was refused for good before a moment; nobody will send it. */
export async function clearOldSends(
  tx: Tx,
  { channelId, before }: { channelId: string; before: Date },
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.sends SET content = NULL
      WHERE channel_id = $1::uuid AND state = 'failed' AND created_at < $2 AND content IS NOT NULL`,
    channelId,
    before,
  );
}

/** What an agent (uuid) has queued and nobody has begun to send is not sent any more. */
export async function failSendsOfAgent(tx: Tx, agentId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.sends
        SET state = 'failed', leased_until = NULL, content = NULL, last_error_code = 'subject_inactive',
            last_error = 'the agent is not active any more'
      WHERE agent_id = $1::uuid AND state = 'queued'`,
    agentId,
  );
}
