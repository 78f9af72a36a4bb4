import type { DbClient } from "../../db/index.ts";
import { findMicrodao, findMicrodaosOfUser, type Microdao } from "../../domain/tenancy/index.ts";

export interface HomeChoice {
  readonly inviter: string | null;
  /** What an operator chose; it stands before everything else. */
  readonly chosen: string | undefined;
  readonly fallback: string;
}

/** The microDAO that a new room belongs to: the chosen one, the inviter's if there is exactly one, else the fallback. */
export async function findHomeMicrodao(db: DbClient, choice: HomeChoice): Promise<Microdao | undefined> {
  if (choice.chosen !== undefined) return findMicrodao(db, choice.chosen);
  const [only, second] = choice.inviter === null ? [] : await findMicrodaosOfUser(db, choice.inviter);
  if (only !== undefined && second === undefined) return only;
  return findMicrodao(db, choice.fallback);
}
