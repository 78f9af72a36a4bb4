import type { Tx } from "../../db/index.ts";
import {
  type Freeze,
  type FreezeTarget,
  type FreezeWish,
  insertFrost,
  liftFrost,
  silenced,
} from "../governance/index.ts";
import { failQueuedSends } from "./freeze-store.ts";
import { tellFreezeJob } from "./jobs.ts";

/** `isTold`: whoever asks says in the room what was done; otherwise a notice follows. */
export interface PlaceWish extends FreezeWish {
  readonly isTold?: boolean;
}

/**
 * From the commit on agents do nothing in a channel, or in a whole microDAO: what they ask for is refused, and what they
 * have queued is not sent any more. People go on, and are mirrored. Safe to repeat; gives the freeze that holds.
 */
export async function freezePlace(tx: Tx, wish: PlaceWish & { readonly reason: string }): Promise<Freeze> {
  const { target, isTold = false } = wish;
  const { freeze, isNew } = await insertFrost(tx, wish);
  if (!isNew) return freeze;
  const why = silenced("channelId" in target ? "channel" : "microdao");
  await failQueuedSends(tx, target, { code: why.code, reason: why.message });
  if (!isTold) tell(tx, target, { freezeId: freeze.id, isLifted: false });
  return freeze;
}

/** Lets agents speak again; what was refused meanwhile stays unsaid. Undefined when nothing was frozen. */
export async function unfreezePlace(tx: Tx, wish: PlaceWish): Promise<Freeze | undefined> {
  const freeze = await liftFrost(tx, wish);
  if (freeze !== undefined && wish.isTold !== true) {
    tell(tx, wish.target, { freezeId: freeze.id, isLifted: true });
  }
  return freeze;
}

function tell(tx: Tx, target: FreezeTarget, about: { freezeId: string; isLifted: boolean }): void {
  tx.enqueue(tellFreezeJob, { target, ...about });
}
