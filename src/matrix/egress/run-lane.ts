import {
  type ClaimedSend,
  claimNext,
  failSend,
  lookAtHeld,
  recordOutcome,
  releaseSend,
  renewLease,
  type SendOutcome,
  type SentEvent,
} from "../../domain/messaging/index.ts";
import { deliverSend } from "./deliver-send.ts";
import { defaultLeaseMs, type EgressDeps } from "./deps.ts";

/**
 * The messages of one lane, one after the other, until one of them has to wait. While one is on its way to the homeserver
 * the next is claimed and the one before is written down, in one statement: the lane is as fast as the homeserver answers.
 * A process that dies meanwhile leaves up to three rows whose end nobody knows; they are looked for in the room.
 */
export async function runLane(deps: EgressDeps, first: ClaimedSend, isStopped: () => boolean): Promise<void> {
  let send: ClaimedSend | undefined = first;
  let sent: SentEvent | undefined;
  while (send !== undefined) {
    const tried = await deliverAndClaim(deps, send, sent);
    const { outcome } = tried;
    sent = outcome.is === "sent" ? { id: send.id, eventId: outcome.eventId } : undefined;
    tell(deps, send, outcome);
    const goesOn = outcome.is !== "again" && !isStopped();
    if (sent === undefined || !goesOn) await writeDown(deps, send, outcome);
    if (!goesOn) return giveBack(deps, tried.next);
    const held = await stillHeld(deps, tried);
    send = held ?? (await claim(deps, send, { sent, ahead: false }));
    if (held === undefined) sent = undefined;
  }
}

interface Tried {
  readonly outcome: SendOutcome;
  /** Claimed while it was tried. */
  readonly next: ClaimedSend | undefined;
  readonly begunAt: Date;
}

/** Where nothing waits and nothing is to be written down there is nothing to ask the database for. */
async function deliverAndClaim(
  deps: EgressDeps,
  send: ClaimedSend,
  sent: SentEvent | undefined,
): Promise<Tried> {
  const begunAt = deps.database.clock.now();
  const claiming =
    send.moreWaits || sent !== undefined ? claim(deps, send, { sent, ahead: true }) : undefined;
  const [outcome, next] = await Promise.allSettled([deliverSend(deps, send), claiming]);
  if (next.status === "rejected") throw next.reason;
  if (outcome.status === "fulfilled") return { outcome: outcome.value, next: next.value, begunAt };
  await giveBack(deps, next.value);
  throw outcome.reason;
}

function claim(
  { database, leaseMs = defaultLeaseMs, holder }: EgressDeps,
  after: ClaimedSend,
  how: { readonly sent: SentEvent | undefined; readonly ahead: boolean },
): Promise<ClaimedSend | undefined> {
  return claimNext(database.db, { now: database.clock.now(), leaseMs, holder, after, ...how });
}

/**
 * What was claimed ahead, as things stand when it is its turn: somebody may have silenced the agent meanwhile. Where the
 * homeserver was slow the claim is prolonged.
 */
async function stillHeld(
  { database, leaseMs = defaultLeaseMs }: EgressDeps,
  { next, begunAt }: Tried,
): Promise<ClaimedSend | undefined> {
  if (next === undefined) return undefined;
  const now = database.clock.now();
  const isFresh = now.getTime() - begunAt.getTime() < leaseMs / 10;
  if (!isFresh && !(await renewLease(database.db, next, now, leaseMs))) return undefined;
  return lookAtHeld(database.db, next);
}

async function giveBack({ database }: EgressDeps, next: ClaimedSend | undefined): Promise<void> {
  if (next !== undefined) await releaseSend(database.db, next);
}

async function writeDown(deps: EgressDeps, send: ClaimedSend, outcome: SendOutcome): Promise<void> {
  const { database, botUserId } = deps;
  if (outcome.is === "failed") await failSend(database, send, outcome, botUserId);
  else await recordOutcome(database.db, send, database.clock.now(), outcome);
}

function tell({ counters, log, database }: EgressDeps, send: ClaimedSend, outcome: SendOutcome): void {
  const { id: sendId, roomId, attempts } = send;
  if (outcome.is === "again") {
    counters.count("send_retries");
    log.debug(
      { sendId, roomId, attempts, code: outcome.code, delayMs: outcome.delayMs },
      "a message is sent again later",
    );
    return;
  }
  if (outcome.is === "moved") return;
  counters.count("sends", 1, { result: outcome.is === "failed" ? "failed" : "sent" });
  if (outcome.is === "failed") {
    log.warn(
      { sendId, roomId, attempts, code: outcome.code, reason: outcome.reason },
      "a message was not delivered",
    );
    return;
  }
  counters.observe("send", (database.clock.now().getTime() - send.createdAt.getTime()) / 1000);
}
