import { type Database, transact } from "../../db/index.ts";
import {
  findUpload,
  holdUpload,
  letGoOfUpload,
  rememberUpload,
  type Upload,
} from "../../domain/messaging/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { newUuid } from "../../kernel/ids.ts";
import { type FileToUpload, type Homeserver, homeserverAway, isRefusal } from "../homeserver/index.ts";

export interface UploadDeps {
  readonly database: Database;
  readonly homeserver: Pick<Homeserver, "upload">;
}

export interface HashedFile extends FileToUpload {
  readonly sha256: Uint8Array;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/** Longer than an upload may take. */
const leaseMs = 150_000;
/** How long somebody else's upload is waited for, and how often it is looked at. */
const waitMs = 15_000;
const lookMs = 100;

/**
 * Takes a file to the homeserver, or finds that the same bytes are there already: whoever tries again, or at the same time, in
 * whatever process, does not upload twice. Throws `homeserver_refused` and `homeserver_away`, which is also when somebody
 * else is at it for long.
 */
export async function uploadOnce(deps: UploadDeps, file: HashedFile): Promise<Upload> {
  const { database } = deps;
  const holder = newUuid(database.clock.now());
  const until = database.clock.now().getTime() + waitMs;
  for (;;) {
    const known = await findUpload(database.db, file);
    if (known !== undefined) return known;
    const now = database.clock.now();
    if (await holdUpload(database.db, { ...file, holder, now, leaseMs })) return take(deps, file, holder);
    if (now.getTime() > until) throw busy();
    await new Promise((done) => setTimeout(done, lookMs));
  }
}

async function take({ database, homeserver }: UploadDeps, file: HashedFile, holder: string): Promise<Upload> {
  const { sha256, contentType, bytes, width = null, height = null } = file;
  try {
    // It may have arrived between the look and the claim.
    const known = await findUpload(database.db, file);
    if (known !== undefined) return known;
    const mxc = await uploadAs(homeserver, file);
    const upload = { mxc, sha256, contentType, bytes, width, height };
    await transact(database, bridgeActor, (tx) => rememberUpload(tx, upload));
    return upload;
  } finally {
    await letGoOfUpload(database.db, { sha256, contentType, holder });
  }
}

/** As whoever posts it; as the bridge where that user is not there yet, or not ours to act as. */
async function uploadAs(homeserver: UploadDeps["homeserver"], file: HashedFile): Promise<string> {
  try {
    return await homeserver.upload(file);
  } catch (error) {
    if (file.asUser === undefined || !isRefusal(error, "M_FORBIDDEN")) throw error;
    return homeserver.upload({ ...file, asUser: undefined });
  }
}

function busy(): Error {
  const why = "the same file is being uploaded by somebody else";
  return homeserverAway({ why, status: undefined, errcode: undefined, retryAfterMs: 2_000 });
}
