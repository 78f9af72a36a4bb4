import { transact } from "../../db/index.ts";
import { syncSpaceJob, turnIntoSpace } from "../../domain/messaging/index.ts";
import {
  findMicrodaosOfUser,
  listMicrodaos,
  setMicrodaoSpace,
  userIdOf,
} from "../../domain/tenancy/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import type { LinkingDeps } from "./deps.ts";

/**
 * The bot is in a space. A space is no chat room and gets no channel: it becomes the space of the
 * inviter's microDAO, if there is exactly one that has none yet.
 */
export async function linkSpace(
  deps: LinkingDeps,
  { roomId, inviter }: { roomId: string; inviter: string | null },
): Promise<{ readonly is: "space" }> {
  const microdao = await transact(deps.database, bridgeActor, async (tx) => {
    await turnIntoSpace(tx, roomId);
    if (deps.database.queue !== undefined) tx.enqueue(syncSpaceJob, { spaceId: roomId });
    const known = (await listMicrodaos(tx.db)).find(({ matrixSpaceId }) => matrixSpaceId === roomId);
    if (known !== undefined) return known.externalId;
    const mine = inviter === null ? [] : await findMicrodaosOfUser(tx.db, inviter);
    const [only, second] = mine.filter(
      ({ ownerUserId, matrixSpaceId }) => ownerUserId === userIdOf(inviter ?? "") && matrixSpaceId === null,
    );
    if (only === undefined || second !== undefined) return undefined;
    await setMicrodaoSpace(tx, only.id, roomId);
    return only.externalId;
  });
  deps.log.info({ roomId, microdao }, "the bot is in a space");
  return { is: "space" };
}
