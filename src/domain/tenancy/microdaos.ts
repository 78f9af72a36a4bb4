import type { DbClient, Tx } from "../../db/index.ts";
import { decodeId, newUuid } from "../../kernel/ids.ts";
import { microdaoMissing, microdaoNameInvalid } from "./errors.ts";
import {
  insertMicrodao,
  type Microdao,
  type MicrodaoMember,
  type Plan,
  selectMicrodao,
  selectMicrodaos,
  selectMicrodaosOfUser,
  selectOwner,
  updateAliasChannels,
  updateMicrodaoName,
  updateMicrodaoSpace,
  upsertMicrodaoMember,
} from "./microdaos-store.ts";

export interface NewMicrodao {
  readonly name: string;
  readonly ownerUserId: string;
  readonly matrixSpaceId?: string | null;
  readonly plan?: Plan;
}

/** Founds a microDAO; its owner is its first member. Throws `microdao_name_invalid`. */
export async function createMicrodao(tx: Tx, input: NewMicrodao): Promise<Microdao> {
  const name = checkedName(input.name);
  const id = newUuid(tx.now);
  await insertMicrodao(tx, {
    id,
    name,
    ownerUserId: input.ownerUserId,
    matrixSpaceId: input.matrixSpaceId ?? null,
    plan: input.plan ?? "Freemium",
  });
  await upsertMicrodaoMember(tx, { microdaoId: id, userId: input.ownerUserId, role: "owner" });
  return requireMicrodao(tx.db, id);
}

/** Gives a microDAO (uuid) another name. Throws `microdao_name_invalid`. */
export async function setMicrodaoName(tx: Tx, id: string, name: string): Promise<void> {
  await updateMicrodaoName(tx, id, checkedName(name));
}

function checkedName(text: string): string {
  const name = text.trim();
  if (!/^\P{C}{1,200}$/u.test(name)) throw microdaoNameInvalid({ found: name.length });
  return name;
}

/** Makes a user a member, or gives the member another role. Safe to repeat. */
export async function addMicrodaoMember(tx: Tx, member: MicrodaoMember): Promise<void> {
  await upsertMicrodaoMember(tx, member);
}

/** Gives a microDAO its Matrix space. Safe to repeat. */
export async function setMicrodaoSpace(tx: Tx, microdaoId: string, matrixSpaceId: string): Promise<void> {
  await updateMicrodaoSpace(tx, microdaoId, matrixSpaceId);
}

/** Whether asking for the address of a channel that does not exist makes the channel and its room. Safe to repeat. */
export async function setAliasChannels(tx: Tx, microdaoId: string, allowed: boolean): Promise<void> {
  await updateAliasChannels(tx, microdaoId, allowed);
}

/** The Matrix id of a microDAO's owner, if it has one. */
export function findOwner(db: DbClient, microdaoId: string): Promise<string | undefined> {
  return selectOwner(db, microdaoId);
}

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The microDAO named by its uuid, its `md_…` id or its external id (`microdao:7`). */
export function findMicrodao(db: DbClient, name: string): Promise<Microdao | undefined> {
  const id = decodeId("md", name) ?? (uuidPattern.test(name) ? name : null);
  return selectMicrodao(db, { id, externalId: name });
}

/** As `findMicrodao`; throws `microdao_not_found`. */
export async function requireMicrodao(db: DbClient, name: string): Promise<Microdao> {
  const found = await findMicrodao(db, name);
  if (found === undefined) throw microdaoMissing({ microdao: name });
  return found;
}

/** The microDAOs that the user with this Matrix id is a member of, oldest first. */
export function findMicrodaosOfUser(db: DbClient, matrixId: string): Promise<Microdao[]> {
  return selectMicrodaosOfUser(db, matrixId);
}

/** Every microDAO, oldest first. */
export function listMicrodaos(db: DbClient): Promise<Microdao[]> {
  return selectMicrodaos(db);
}
