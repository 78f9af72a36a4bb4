import { type Database, type Tx, transact } from "../../db/index.ts";
import { type Actor, bridgeActor } from "../../kernel/actor.ts";
import { bug, declareError } from "../../kernel/errors.ts";
import { encodeId } from "../../kernel/ids.ts";
import { audit } from "../governance/index.ts";
import { emptyPiece, emptySaidAbout, sumOf } from "./empty-words.ts";
import { channelPayload, requireChannelLink } from "./link-channel.ts";
import {
  advanceKeptFrom,
  findRetention,
  type Retention,
  selectLimitedChannels,
  updateEmptiedUntil,
  updateRetention,
} from "./retention-store.ts";
import { type ChannelLink, findRoomOfChannel } from "./rooms-store.ts";
import { clearOldSends } from "./sends-store.ts";
import type { EmptiedCount, WordsPlace } from "./words-store.ts";

export const longestRetentionDays = 36_500;
const dayMs = 86_400_000;

export const retentionInvalid = declareError(
  "retention_invalid",
  "invalid",
  () => `Words are kept for a whole number of days from 1 to ${longestRetentionDays}, or without limit.`,
);

/**
 * Sets for how many days a channel's words are kept; null keeps them without limit. What was removed stays removed. Tells
 * `channel.updated`. Throws `retention_invalid`.
 */
export async function setRetention(
  tx: Tx,
  { channelId, days, by }: { channelId: string; days: number | null; by?: string },
): Promise<Retention> {
  if (!isRetention(days)) throw retentionInvalid({});
  const before = await findRetention(tx.db, channelId);
  const link = await requireChannelLink(tx, channelId);
  if (before === undefined) throw bug("a channel that is there has no retention");
  if (before.days === days) return before;
  await updateRetention(tx, channelId, days);
  await audit(tx, {
    action: "channel.retention_set",
    resourceKind: "channel",
    resourceId: encodeId("c", channelId),
    microdaoId: link.microdaoId,
    data: { days, before: before.days, ...(by !== undefined && { by }) },
  });
  await tellRetention(tx, link, days);
  return { ...before, days };
}

function isRetention(days: number | null): boolean {
  return days === null || (Number.isInteger(days) && days >= 1 && days <= longestRetentionDays);
}

async function tellRetention(tx: Tx, link: ChannelLink, days: number | null): Promise<void> {
  const { channelId, microdaoId } = link;
  const room = await findRoomOfChannel(tx.db, channelId);
  tx.emit({
    topic: "channel.updated",
    key: `${channelId}:retention:${tx.now.getTime()}`,
    about: channelId,
    at: tx.now,
    actor: tx.actor,
    payload: { ...channelPayload(room?.roomId ?? "", link), retention_days: days },
    microdaoId: encodeId("md", microdaoId),
  });
}

/** The moment before which a channel's words are not kept; null: they are kept without limit. */
export function keptFromOf({ days, roomLifetimeMs }: Retention, now: Date): Date | null {
  const lifetime = Math.min(
    days === null ? Number.POSITIVE_INFINITY : days * dayMs,
    roomLifetimeMs ?? Infinity,
  );
  return Number.isFinite(lifetime) ? new Date(Math.max(now.getTime() - lifetime, 0)) : null;
}

/**
 * Removes what is older than its channel keeps, a piece at a time, each in a transaction of its own: it may be cut off
 * anywhere, run twice and run by several processes. The moment moves first, so what comes meanwhile is stored without words.
 */
export async function removeOldWords(database: Database, actor: Actor = bridgeActor): Promise<EmptiedCount> {
  let total: EmptiedCount = { messages: 0, edits: 0, reactions: 0 };
  for (const channel of await selectLimitedChannels(database.db)) {
    total = sumOf(total, await removeOldWordsOf(database, actor, channel));
  }
  return total;
}

async function removeOldWordsOf(database: Database, actor: Actor, channel: Retention): Promise<EmptiedCount> {
  const { channelId } = channel;
  const begun = await transact(database, actor, async (tx) => {
    const span = await advanceKeptFrom(tx, channelId, keptFromOf(channel, tx.now));
    if (span === undefined) return undefined;
    await clearOldSends(tx, { channelId, before: span.until });
    return { span, emptied: await emptySaidAbout(tx, { channelId, from: null, until: span.until }) };
  });
  if (begun === undefined) return { messages: 0, edits: 0, reactions: 0 };
  let total = begun.emptied;
  let place: WordsPlace | null = null;
  do {
    const { span } = begun;
    const after: WordsPlace | null = place;
    const piece = await transact(database, actor, async (tx) => {
      const done = await emptyPiece(tx, { channelId, ...span }, after);
      await updateEmptiedUntil(tx, channelId, done.last?.at ?? span.until.toISOString());
      return done;
    });
    total = sumOf(total, piece);
    place = piece.last;
  } while (place !== null);
  return total;
}
