import { type Database, transact } from "../../db/index.ts";
import { type Actor, bridgeActor } from "../../kernel/actor.ts";
import { emptyPiece, emptySaidAbout } from "./empty-words.ts";
import { lockRoomsOfChannel } from "./rooms-store.ts";
import { clearDescriptions, selectTalkingConfidential } from "./silence-store.ts";
import type { WordsPlace } from "./words-store.ts";

/**
 * Takes all words out of channels that were given to a confidential team, or whose team became one, after words had been
 * stored. What comes meanwhile is stored without words already. A piece at a time; safe to repeat. Gives how many channels.
 */
export async function silenceConfidential(database: Database, actor: Actor = bridgeActor): Promise<number> {
  const channels = await selectTalkingConfidential(database.db);
  for (const channelId of channels) {
    const all = { channelId, from: null, until: null };
    await transact(database, actor, async (tx) => {
      await lockRoomsOfChannel(tx, channelId);
      await clearDescriptions(tx, channelId);
      tx.blank([channelId]);
      await emptySaidAbout(tx, all);
    });
    let place: WordsPlace | null = null;
    do {
      const after: WordsPlace | null = place;
      const piece: Awaited<ReturnType<typeof emptyPiece>> = await transact(database, actor, (tx) =>
        emptyPiece(tx, all, after),
      );
      place = piece.last;
    } while (place !== null);
  }
  return channels.length;
}
