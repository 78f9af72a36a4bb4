import { type Database, transact } from "../../db/index.ts";
import { findUpload, rememberUpload, type Upload } from "../../domain/messaging/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import type { FileToUpload, Homeserver } from "../homeserver/index.ts";

export interface UploadDeps {
  readonly database: Database;
  readonly homeserver: Pick<Homeserver, "upload">;
}

export interface HashedFile extends FileToUpload {
  readonly sha256: Uint8Array;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/**
 * Takes a file to the homeserver, or finds that the same bytes are there already: whoever tries again, in whatever process,
 * does not upload twice. Throws `homeserver_refused` and `homeserver_away`.
 */
export async function uploadOnce({ database, homeserver }: UploadDeps, file: HashedFile): Promise<Upload> {
  const known = await findUpload(database.db, file);
  if (known !== undefined) return known;
  const { sha256, contentType, bytes, width = null, height = null } = file;
  const upload = { mxc: await homeserver.upload(file), sha256, contentType, bytes, width, height };
  await transact(database, bridgeActor, (tx) => rememberUpload(tx, upload));
  return (await findUpload(database.db, file)) ?? upload;
}
