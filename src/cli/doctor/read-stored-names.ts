import type { Database } from "../../db/index.ts";
import type { StoredNames } from "./judge-stored-names.ts";

/** Whose database this is; undefined as long as no bridge has used it. */
export async function readStoredNames({ db }: Database): Promise<StoredNames | undefined> {
  const rows = await db.$queryRawUnsafe<StoredNames[]>(`
    SELECT appservice_id AS "appserviceId", sender_localpart AS "senderLocalpart",
           bot_user_id AS "botUserId", server_name AS "serverName"
      FROM matrix.bridge`);
  return rows[0];
}
