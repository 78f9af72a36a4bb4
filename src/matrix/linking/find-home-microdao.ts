import type { DbClient } from "../../db/index.ts";
import { findSpaceHome } from "../../domain/messaging/index.ts";
import { findMicrodao, findMicrodaosOfUser, type Microdao } from "../../domain/tenancy/index.ts";

export interface HomeChoice {
  readonly roomId: string;
  readonly inviter: string | null;
  /** What an operator chose; it stands before everything else. */
  readonly chosen: string | undefined;
  readonly fallback: string;
}

/** The microDAO that a new room belongs to: the chosen one, that of the space it is in, the inviter's if there is exactly one, else the fallback. */
export async function findHomeMicrodao(db: DbClient, choice: HomeChoice): Promise<Microdao | undefined> {
  if (choice.chosen !== undefined) return findMicrodao(db, choice.chosen);
  // Whoever has power in the space has said where the room belongs, whoever invited the bot then.
  const above = await findSpaceHome(db, choice.roomId);
  if (above !== undefined) return findMicrodao(db, above.microdaoExternalId);
  const [only, second] = choice.inviter === null ? [] : await findMicrodaosOfUser(db, choice.inviter);
  if (only !== undefined && second === undefined) return only;
  return findMicrodao(db, choice.fallback);
}
