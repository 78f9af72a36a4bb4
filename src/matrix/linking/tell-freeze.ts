import { transact } from "../../db/index.ts";
import { findFreeze } from "../../domain/governance/index.ts";
import { findChannelsWithAgents, type TellFreezePayload } from "../../domain/messaging/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import type { LinkingDeps } from "./deps.ts";
import { frozenNotice, unfrozenNotice } from "./notice.ts";
import { sayInRoom } from "./say-in-room.ts";

/** Says in each room, once, that agents are silent from now on, or that they may speak again. Safe to run twice. */
export async function handleTellFreeze(
  { database, wakeEgress }: Pick<LinkingDeps, "database" | "wakeEgress">,
  { target, freezeId, isLifted }: TellFreezePayload,
): Promise<void> {
  const freeze = await findFreeze(database.db, target);
  // Lifted, or frozen again, before anybody was told: the other notice says it.
  if ((freeze?.id === freezeId) === isLifted) return;
  const scope = "channelId" in target ? "channel" : "microdao";
  const text = freeze === undefined || isLifted ? unfrozenNotice(scope) : frozenNotice(scope, freeze.reason);
  for (const channelId of await findChannelsWithAgents(database.db, target)) {
    const key = `${isLifted ? "unfreeze" : "freeze"}:${freezeId}:${channelId}`;
    await transact(database, bridgeActor, (tx) => sayInRoom(tx, { channelId, text, key }));
    wakeEgress();
  }
}
