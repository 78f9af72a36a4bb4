import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../../db/index.ts";
import { findAgent } from "../../domain/governance/index.ts";
import { findLinkedRoom } from "../../domain/messaging/index.ts";
import { finalRefusalOf } from "../homeserver/index.ts";
import { acceptLater, noteAccepted } from "./accept-later.ts";
import type { LinkingDeps } from "./deps.ts";
import { answerGhostInviteJob, type GhostInvitePayload } from "./jobs.ts";
import { leaveQuietly } from "./leave-room.ts";

const linkingMs = 5_000;
const lookMs = 250;

/**
 * An agent joins a mirrored room and declines any other, saying what to do first. People invite the bot and an agent in
 * one go, so a room that is not linked yet gets a moment. Safe to repeat.
 */
export async function handleGhostInvite(
  deps: Pick<LinkingDeps, "database" | "homeserver" | "botUserId" | "log">,
  invitation: GhostInvitePayload,
): Promise<void> {
  const { roomId, ghostId, inviteEventId } = invitation;
  const agent = await findAgent(deps.database.db, ghostId);
  const why =
    agent?.status !== "active"
      ? "This agent is not active."
      : `Agents answer in mirrored rooms only: invite ${deps.botUserId} first.`;
  if (agent?.status !== "active" || !(await isMirroredSoon(deps.database, roomId))) {
    await leaveQuietly(deps, { roomId, asUser: ghostId, reason: why });
    deps.log.info({ roomId, ghostId, why }, "an agent declined an invitation");
    return;
  }
  try {
    await deps.homeserver.joinRoom({ roomIdOrAlias: roomId, asUser: ghostId });
  } catch (error) {
    const refusal = finalRefusalOf(error);
    if (refusal === undefined) throw error;
    await acceptLater(
      deps,
      { roomId, userId: ghostId, inviteEventId },
      refusal,
      (tx, { attempt, startAfter }) => {
        tx.enqueue(answerGhostInviteJob, { ...invitation, attempt }, { startAfter });
      },
    );
    return;
  }
  await noteAccepted(deps, { roomId, userId: ghostId });
}

async function isMirroredSoon(database: Database, roomId: string): Promise<boolean> {
  for (let waitedMs = 0; ; waitedMs += lookMs) {
    const room = await findLinkedRoom(database.db, roomId);
    if (room !== undefined) return isMirrored(room);
    if (waitedMs >= linkingMs) return false;
    await sleep(lookMs);
  }
}

function isMirrored(room: { mirrored: boolean; status: string; channelId: string | null }): boolean {
  return room.mirrored && room.channelId !== null && (room.status === "joining" || room.status === "joined");
}
