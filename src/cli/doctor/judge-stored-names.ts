import { botUserId, type RegistrationNames } from "../../matrix/registration/index.ts";
import { fail, ok, type Verdict } from "./finding.ts";

/** The one row of `matrix.bridge`: whose database this is. */
export interface StoredNames {
  readonly appserviceId: string;
  readonly senderLocalpart: string;
  readonly botUserId: string;
  readonly serverName: string;
}

/** A database belongs to one application service on one server for ever; the bridge refuses to start otherwise. */
export function judgeStoredNames(stored: StoredNames | undefined, names: RegistrationNames): Verdict {
  if (stored === undefined) return ok("the database belongs to nobody yet");
  const pairs = [
    ["MATRIX_SERVER_NAME", stored.serverName, names.serverName],
    ["APPSERVICE_ID", stored.appserviceId, names.appserviceId],
    ["SENDER_LOCALPART", stored.senderLocalpart, names.senderLocalpart],
    ["BOT_LOCALPART", stored.botUserId, botUserId(names)],
  ] as const;
  const different = pairs.filter(([, before, now]) => before !== now);
  if (different.length === 0)
    return ok(`the database belongs to ${stored.appserviceId} on ${stored.serverName}`);
  return fail(
    different.map(([, before, now]) => `the database belongs to ${before}, configured is ${now}`).join("; "),
    `set ${different.map(([env]) => env).join(", ")} back, or use another database`,
  );
}
