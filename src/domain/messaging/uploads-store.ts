import type { DbClient, Tx } from "../../db/index.ts";

/** A file that the homeserver has. */
export interface Upload {
  /** `mxc://…` */
  readonly mxc: string;
  /** By its first bytes. */
  readonly contentType: string;
  readonly bytes: number;
  /** Of a picture, in pixels, if known. */
  readonly width: number | null;
  readonly height: number | null;
}

export interface HashedUpload extends Upload {
  readonly sha256: Uint8Array;
}

const columns = `mxc, content_type AS "contentType", bytes::float8 AS bytes, width, height`;

/** The file with these bytes, if it was uploaded lately. */
export async function selectUpload(
  db: DbClient,
  { sha256, contentType }: { sha256: Uint8Array; contentType: string },
): Promise<Upload | undefined> {
  const rows = await db.$queryRawUnsafe<Upload[]>(
    `SELECT ${columns} FROM matrix.uploads WHERE sha256 = $1::bytea AND content_type = $2`,
    sha256,
    contentType,
  );
  return rows[0];
}

/** What is known of files by their addresses; files that were not uploaded here are left out. */
export async function selectUploadsAt(db: DbClient, addresses: readonly string[]): Promise<Upload[]> {
  return db.$queryRawUnsafe<Upload[]>(
    `SELECT ${columns} FROM matrix.uploads WHERE mxc = ANY($1::text[])`,
    addresses,
  );
}

/** Remembers a file. When somebody has uploaded the same meanwhile, theirs stands. */
export async function insertUpload(tx: Tx, upload: HashedUpload): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO matrix.uploads (sha256, content_type, mxc, bytes, width, height, uploaded_at)
     VALUES ($1::bytea, $2, $3, $4::bigint, $5::int, $6::int, $7) ON CONFLICT DO NOTHING`,
    upload.sha256,
    upload.contentType,
    upload.mxc,
    upload.bytes,
    upload.width,
    upload.height,
    tx.now,
  );
}

/** Lets one try take a file to the homeserver, unless another one is at it and has not died; false then. */
export async function insertUploadLease(
  db: DbClient,
  claim: { sha256: Uint8Array; contentType: string; holder: string; now: Date; leaseMs: number },
): Promise<boolean> {
  const held = await db.$executeRawUnsafe(
    `INSERT INTO matrix.upload_leases AS l (sha256, content_type, holder, leased_until)
     VALUES ($1::bytea, $2, $3::uuid, $5)
     ON CONFLICT (sha256, content_type) DO UPDATE SET holder = excluded.holder, leased_until = excluded.leased_until
      WHERE l.leased_until <= $4`,
    claim.sha256,
    claim.contentType,
    claim.holder,
    claim.now,
    new Date(claim.now.getTime() + claim.leaseMs),
  );
  return held > 0;
}

export async function deleteUploadLease(
  db: DbClient,
  { sha256, contentType, holder }: { sha256: Uint8Array; contentType: string; holder: string },
): Promise<void> {
  await db.$executeRawUnsafe(
    `DELETE FROM matrix.upload_leases WHERE sha256 = $1::bytea AND content_type = $2 AND holder = $3::uuid`,
    sha256,
    contentType,
    holder,
  );
}

/** Forgets files that were uploaded before a moment, which stay where they are, and tries that have died. */
export async function deleteUploads(tx: Tx, before: Date): Promise<number> {
  await tx.db.$executeRawUnsafe(`DELETE FROM matrix.upload_leases WHERE leased_until < $1`, before);
  return tx.db.$executeRawUnsafe(`DELETE FROM matrix.uploads WHERE uploaded_at < $1`, before);
}
