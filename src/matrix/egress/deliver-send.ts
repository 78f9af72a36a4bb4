import { type ClaimedSend, renewLease, type SendOutcome } from "../../domain/messaging/index.ts";
import { bug } from "../../kernel/errors.ts";
import { parkingCodes } from "../ghosts/index.ts";
import { errcodeOf, isRefusal } from "../homeserver/index.ts";
import { defaultLeaseMs, type EgressDeps } from "./deps.ts";
import { enterRoom } from "./enter-room.ts";
import { findSentEvent, isRemembered, mayHaveBeenSent } from "./find-sent-event.ts";
import { fromItsDevice } from "./from-its-device.ts";
import { outcomeOf } from "./outcome-of.ts";
import { contentOf, staysBehind, targetObstacleOf } from "./send-target.ts";
import { withUpload } from "./with-upload.ts";
import { withoutForeignThread } from "./without-foreign-thread.ts";

const sendTimeoutMs = 15_000;

/**
 * One try to deliver a claimed message, and how it ended. Every try has the row's transaction id, also the one after the
 * sender had to be let into the room. Throws when the fault is not the homeserver's; the row then stays claimed until
 * its lease runs out.
 */
export async function deliverSend(deps: EgressDeps, send: ClaimedSend): Promise<SendOutcome> {
  const obstacle = obstacleOf(send);
  if (obstacle !== undefined) return obstacle;
  try {
    if (send.successorRoomId !== null) return await forward(deps, send, send.successorRoomId);
    return { is: "sent", eventId: await tryOnce(deps, send) };
  } catch (error) {
    if (isRefusal(error, "M_FORBIDDEN")) return enterAndSend(deps, send);
    return settle(deps, send, error);
  }
}

/** Reasons not to try at all. A room that was unlinked still gets what was accepted before. */
function obstacleOf(send: ClaimedSend): SendOutcome | undefined {
  if (send.encrypted) {
    return failed("channel_encrypted", "the room was encrypted before the message could be sent");
  }
  const silence = silenceOf(send);
  if (silence !== undefined) return silence;
  if (send.ghostParked !== null) return failed("ghost_parked", send.ghostParked);
  if (send.roomStatus === null || send.roomStatus === "left") {
    return failed("channel_not_linked", "the bridge is not in the room any more");
  }
  return send.kind === "message" ? undefined : targetObstacleOf(send);
}

/** What was accepted before somebody told the agent, or all agents of the place, to be silent is not said any more. */
function silenceOf({ agentStatus, frozen }: ClaimedSend): SendOutcome | undefined {
  if (agentStatus !== "active") return failed("subject_inactive", "the agent is not active any more");
  if (frozen === null) return undefined;
  return failed(`${frozen}_frozen`, `the ${frozen} was frozen before the message could be sent`);
}

async function tryOnce(deps: EgressDeps, send: ClaimedSend): Promise<string> {
  if (!send.ghostRegistered) {
    await deps.ghosts.ensure(send.agentId);
    await keepClaim(deps, send);
  }
  return fromItsDevice(deps, send, lookAndPut);
}

/** What an earlier try may have sent is looked for, unless the homeserver knows it by the transaction id. */
async function lookAndPut(deps: EgressDeps, send: ClaimedSend): Promise<string> {
  const now = deps.database.clock.now();
  if (!mayHaveBeenSent(send, now) || isRemembered(send, now)) return put(deps, send);
  const found = await findSentEvent(deps.homeserver, send);
  if (found !== undefined) return found;
  await keepClaim(deps, send);
  return put(deps, send);
}

/** A room that was replaced is for reading. What may have been said there before is looked for; anything else goes on. */
async function forward(deps: EgressDeps, send: ClaimedSend, roomId: string): Promise<SendOutcome> {
  const uncertain = mayHaveBeenSent(send, deps.database.clock.now());
  const find = (held: ClaimedSend) => findSentEvent(deps.homeserver, held);
  const eventId = uncertain ? await fromItsDevice(deps, send, (_deps, held) => find(held)) : undefined;
  if (eventId !== undefined) return { is: "sent", eventId };
  return staysBehind(send, roomId)
    ? failed("room_replaced", "what it changes is in a room that was replaced")
    : { is: "moved", roomId };
}

async function enterAndSend(deps: EgressDeps, send: ClaimedSend): Promise<SendOutcome> {
  try {
    const entry = await enterRoom(deps, send);
    if (entry.is === "refused") return failed("M_FORBIDDEN", entry.why);
    await keepClaim(deps, send);
    return { is: "sent", eventId: await fromItsDevice(deps, send, lookAndPut) };
  } catch (error) {
    return settle(deps, send, error);
  }
}

async function put(deps: EgressDeps, claimed: ClaimedSend): Promise<string> {
  const send = await withUpload(deps, claimed);
  if (send !== claimed) await keepClaim(deps, claimed);
  try {
    return await putAsItIs(deps, send);
  } catch (error) {
    const plain = await withoutForeignThread(deps, send, error);
    if (plain === undefined) throw error;
    return putAsItIs(deps, plain);
  }
}

function putAsItIs({ homeserver }: EgressDeps, send: ClaimedSend): Promise<string> {
  const { roomId, senderMatrixId: asUser, deviceId, eventType: type, txnId, targetEventId } = send;
  const content = contentOf(send);
  const request = { roomId, asUser, deviceId, txnId, content, timeoutMs: sendTimeoutMs };
  if (type === "m.room.redaction" && targetEventId !== null) {
    return homeserver.redact({ ...request, eventId: targetEventId });
  }
  return homeserver.sendEvent({ ...request, type });
}

/** What came before may have taken long. Nothing is sent on a claim that has become somebody else's. */
async function keepClaim(
  { database, leaseMs = defaultLeaseMs }: EgressDeps,
  send: ClaimedSend,
): Promise<void> {
  if (await renewLease(database.db, send, database.clock.now(), leaseMs)) return;
  throw bug("a send was claimed by somebody else while it was being prepared");
}

async function settle(deps: EgressDeps, send: ClaimedSend, error: unknown): Promise<SendOutcome> {
  const parking = parkingCodes.find((code) => code === errcodeOf(error));
  // The reaction is there already, by whatever event: that is what was wanted.
  if (errcodeOf(error) === "M_DUPLICATE_ANNOTATION") return { is: "done" };
  if (parking !== undefined) await deps.ghosts.park(send.agentId, parking);
  const outcome = outcomeOf(error, send.attempts);
  if (outcome === undefined) throw error;
  return outcome;
}

function failed(code: string, reason: string): SendOutcome {
  return { is: "failed", code, reason };
}
