import { type DbClient, microsecondsOf, type Tx, timeOfMicroseconds } from "../../db/index.ts";
import type { SubjectKind } from "./decide.ts";

export interface AccessKeyRow {
  readonly id: string;
  readonly subjectKind: SubjectKind;
  readonly subjectId: string;
  readonly teamId: string | null;
  readonly microdaoId: string | null;
  readonly name: string;
  readonly status: "active" | "revoked" | "expired";
  readonly createdBy: string | null;
  readonly createdAt: Date;
  /** Microseconds since 1970, for pages. */
  readonly createdUs: bigint;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  /** Codes of capabilities, direct and through bundles, sorted. */
  readonly capabilities: readonly string[];
}

/** What is needed to know whose a key is and what it may. Its capabilities are in no order, some perhaps twice. */
export interface VerifiableKeyRow
  extends Omit<AccessKeyRow, "name" | "createdBy" | "createdAt" | "createdUs"> {
  readonly secretHash: Uint8Array | null;
  readonly subjectUuid: string | null;
  readonly agentStatus: string | null;
  readonly agentMicrodaoId: string | null;
  readonly agentTeamId: string | null;
}

const columns = `k.id, k.subject_kind AS "subjectKind", k.subject_id AS "subjectId", k.team_id AS "teamId",
  k.microdao_id::text AS "microdaoId", k.name, k.status, k.created_by AS "createdBy", k.created_at AS "createdAt",
  ${microsecondsOf("k.created_at")} AS "createdUs", k.expires_at AS "expiresAt", k.last_used_at AS "lastUsedAt",
  ARRAY(SELECT cap.code FROM capabilities cap
         WHERE cap.id IN (SELECT kc.cap_id FROM access_key_caps kc WHERE kc.key_id = k.id
                          UNION ALL
                          SELECT bc.cap_id FROM access_key_bundles kb JOIN bundle_caps bc ON bc.bundle_id = kb.bundle_id
                           WHERE kb.key_id = k.id)
         ORDER BY cap.code) AS capabilities`;

/**
 * Every request asks this, and it must not take longer than a question has to: one row by its key, no sorting, and the
 * capabilities by way of what holds them.
 */
const selectVerifiable = `
  SELECT k.id, k.subject_kind AS "subjectKind", k.subject_id AS "subjectId", k.team_id AS "teamId",
         k.microdao_id::text AS "microdaoId", k.status, k.expires_at AS "expiresAt", k.last_used_at AS "lastUsedAt",
         ARRAY(SELECT cap.code FROM access_key_caps kc JOIN capabilities cap ON cap.id = kc.cap_id WHERE kc.key_id = k.id
               UNION ALL
               SELECT cap.code FROM access_key_bundles kb JOIN bundle_caps bc ON bc.bundle_id = kb.bundle_id
                 JOIN capabilities cap ON cap.id = bc.cap_id
                WHERE kb.key_id = k.id) AS capabilities,
         k.secret_hash AS "secretHash", coalesce(a.id, u.id)::text AS "subjectUuid",
         a.status AS "agentStatus", a.microdao_id::text AS "agentMicrodaoId", a.team_id AS "agentTeamId"
    FROM access_keys k
    LEFT JOIN agents a ON k.subject_kind = 'agent' AND a.external_id = k.subject_id
    LEFT JOIN users u ON k.subject_kind = 'user' AND u.external_id = k.subject_id`;

/** The key with its subject and its capabilities, in one statement: revocation counts from the next request on. */
export async function selectKeyToVerify(db: DbClient, id: string): Promise<VerifiableKeyRow | undefined> {
  const rows = await db.$queryRawUnsafe<VerifiableKeyRow[]>(`${selectVerifiable} WHERE k.id = $1`, id);
  return rows[0];
}

/** The same for many keys. Those that are not there are left out. */
export async function selectKeysToVerify(db: DbClient, ids: readonly string[]): Promise<VerifiableKeyRow[]> {
  return db.$queryRawUnsafe<VerifiableKeyRow[]>(`${selectVerifiable} WHERE k.id = ANY($1::text[])`, ids);
}

/** When a key was made, in microseconds since 1970, and its id (`ak_…`). */
export interface KeyPlace {
  readonly createdUs: bigint;
  readonly id: string;
}

export async function selectKeys(
  db: DbClient,
  filter: {
    readonly id?: string | undefined;
    readonly subjectId?: string | undefined;
    readonly microdaoId?: string | undefined;
    readonly teamId?: string | undefined;
    /** Where the page before ended. */
    readonly after?: KeyPlace | null;
    readonly limit?: number;
  },
): Promise<AccessKeyRow[]> {
  return db.$queryRawUnsafe<AccessKeyRow[]>(
    `SELECT ${columns} FROM access_keys k
      WHERE ($1::text IS NULL OR k.id = $1)
        AND ($2::text IS NULL OR k.subject_id = $2)
        AND ($3::uuid IS NULL OR k.microdao_id = $3::uuid)
        AND ($4::text IS NULL OR k.team_id = $4)
        AND ($5::bigint IS NULL OR (k.created_at, k.id) > (${timeOfMicroseconds("$5")}, $6))
      ORDER BY k.created_at, k.id LIMIT $7`,
    filter.id ?? null,
    filter.subjectId ?? null,
    filter.microdaoId ?? null,
    filter.teamId ?? null,
    filter.after?.createdUs ?? null,
    filter.after?.id ?? null,
    filter.limit ?? null,
  );
}

export interface NewKeyRow {
  readonly id: string;
  readonly subjectKind: SubjectKind;
  readonly subjectId: string;
  readonly teamId: string | null;
  readonly microdaoId: string | null;
  readonly name: string;
  readonly secretHash: Uint8Array<ArrayBuffer>;
  readonly expiresAt: Date | null;
}

export async function insertKey(tx: Tx, row: NewKeyRow): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO access_keys (id, subject_kind, subject_id, team_id, microdao_id, name, status, secret_hash,
                              created_by, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5::uuid, $6, 'active', $7, $8, $9, $10)`,
    row.id,
    row.subjectKind,
    row.subjectId,
    row.teamId,
    row.microdaoId,
    row.name,
    row.secretHash,
    tx.actor.id,
    tx.now,
    row.expiresAt,
  );
}

/** Gives the key capabilities by code and bundles by name. Returns the codes and names that exist. */
export async function insertKeyRights(
  tx: Tx,
  keyId: string,
  rights: { capabilities: readonly string[]; bundles: readonly string[] },
): Promise<ReadonlySet<string>> {
  const rows = await tx.db.$queryRawUnsafe<{ name: string }[]>(
    `WITH cap AS (SELECT id, code FROM capabilities WHERE code = ANY($2::text[])),
          bundle AS (SELECT id, name FROM bundles WHERE name = ANY($3::text[])),
          granted_caps AS (INSERT INTO access_key_caps (key_id, cap_id) SELECT $1, id FROM cap),
          granted_bundles AS (INSERT INTO access_key_bundles (key_id, bundle_id) SELECT $1, id FROM bundle)
     SELECT code AS name FROM cap UNION ALL SELECT name FROM bundle`,
    keyId,
    rights.capabilities,
    rights.bundles,
  );
  return new Set(rows.map((row) => row.name));
}

export async function updateKeySecret(
  tx: Tx,
  id: string,
  secretHash: Uint8Array<ArrayBuffer>,
): Promise<void> {
  await tx.db.$executeRawUnsafe(`UPDATE access_keys SET secret_hash = $2 WHERE id = $1`, id, secretHash);
}

/** Marks the key as revoked. False when it was already, or is not there. */
export async function updateKeyRevoked(tx: Tx, id: string): Promise<boolean> {
  const changed = await tx.db.$executeRawUnsafe(
    `UPDATE access_keys SET status = 'revoked' WHERE id = $1 AND status <> 'revoked'`,
    id,
  );
  return changed > 0;
}

/** Writes the time of use unless a later or recent one (within a minute) is there. True when it was written. */
export async function updateKeyUsed(tx: Tx, id: string): Promise<boolean> {
  const changed = await tx.db.$executeRawUnsafe(
    `UPDATE access_keys SET last_used_at = $2
      WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2::timestamptz - interval '1 minute')`,
    id,
    tx.now,
  );
  return changed > 0;
}

/** Whether there is a subject of this kind with this id. Integrations are names and need no row. */
export async function subjectExists(db: DbClient, kind: SubjectKind, subjectId: string): Promise<boolean> {
  if (kind === "integration") return true;
  const table = {
    user: "users WHERE external_id",
    agent: "agents WHERE external_id",
    embassy: "embassy_identities WHERE id",
  }[kind];
  const rows = await db.$queryRawUnsafe<object[]>(`SELECT 1 AS one FROM ${table} = $1`, subjectId);
  return rows.length > 0;
}
