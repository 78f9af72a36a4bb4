import type { Tx } from "../../db/index.ts";
import { bug } from "../../kernel/errors.ts";
import { encodeId, newUuid } from "../../kernel/ids.ts";
import { audit } from "./audit.ts";
import { deleteFreeze, type Freeze, type FreezeTarget, insertFreeze, selectFreeze } from "./freezes-store.ts";

/** Who is to be silent where. Ids are uuids, except the team's. */
export interface FreezeWish {
  readonly target: FreezeTarget;
  readonly microdaoId: string;
  readonly teamId?: string | null;
  readonly requestId?: string | null;
}

/** The freeze that holds now, and whether it is new. */
export interface Frost {
  readonly freeze: Freeze;
  readonly isNew: boolean;
}

/** Writes down that agents do nothing in a channel or a microDAO. Safe to repeat: the first reason stays. */
export async function insertFrost(tx: Tx, wish: FreezeWish & { readonly reason: string }): Promise<Frost> {
  const isNew = await insertFreeze(tx, wish.target, { id: newUuid(tx.now), reason: wish.reason });
  const freeze = await selectFreeze(tx.db, wish.target);
  if (freeze === undefined) throw bug("a freeze that was just made is not there");
  if (isNew) await auditFreeze(tx, wish, { verb: "frozen", data: { reason: wish.reason } });
  return { freeze, isNew };
}

/** Lifts a freeze; undefined when there was none. */
export async function liftFrost(tx: Tx, wish: FreezeWish): Promise<Freeze | undefined> {
  const lifted = await deleteFreeze(tx, wish.target);
  if (lifted === undefined) return undefined;
  const { reason, frozenBy, createdAt } = lifted;
  const data = { reason, frozen_by: frozenBy, frozen_at: createdAt.toISOString() };
  await auditFreeze(tx, wish, { verb: "unfrozen", data });
  return lifted;
}

function auditFreeze(
  tx: Tx,
  wish: FreezeWish,
  { verb, data }: { verb: string; data: object },
): Promise<void> {
  const { target, microdaoId, teamId = null, requestId = null } = wish;
  const [kind, id] =
    "channelId" in target
      ? (["channel", encodeId("c", target.channelId)] as const)
      : (["microdao", encodeId("md", target.microdaoId)] as const);
  return audit(tx, {
    action: `${kind}.${verb}`,
    resourceKind: kind,
    resourceId: id,
    microdaoId,
    teamId,
    requestId,
    data: { ...data },
  });
}
