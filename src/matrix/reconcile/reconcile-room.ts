import { transact } from "../../db/index.ts";
import { markRoomLeft } from "../../domain/messaging/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { monotonicMs } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/errors.ts";
import { jitter, randomToken } from "../../kernel/random.ts";
import { toldToWait } from "../backfill/fetch-page.ts";
import { homeserverRefused, isRefusal } from "../homeserver/index.ts";
import { recordSnapshot } from "../linking/record-snapshot.ts";
import type { ReconcileDeps } from "./deps.ts";
import { whileHeld } from "./hold-claim.ts";
import { countMissed } from "./in-flight.ts";
import type { ReconcilePayload } from "./jobs.ts";
import {
  type Claim,
  claimLedger,
  dropGap,
  endCheck,
  type Ledger,
  noteStateCheck,
  suspendCheck,
} from "./ledger-store.ts";
import { obeyState } from "./obey-state.ts";
import { type GapRead, type Reach, readGap } from "./read-gap.ts";

export interface ReconcileOptions {
  /** How many pages this call reads at most; the rest is due at once. */
  readonly pages?: number;
  /** Compares state and members although their time has not come. */
  readonly state?: boolean;
  /** How often the lease is renewed while a large state is read and recorded. */
  readonly renewMs?: number;
  /** Events read so far. */
  readonly onPage?: (events: number) => void;
}

/** What became of it. */
export type Reconciled =
  | {
      readonly is: "checked" | "unfinished";
      readonly pages: number;
      readonly events: number;
      /** Events that had been missing and are here now. */
      readonly found: number;
    }
  /** Somebody else has the room, or it is not mirrored. */
  | { readonly is: "not-mine" }
  /** The bot may not read the room; `reason`: the homeserver's words. */
  | { readonly is: "unreadable"; readonly reason: string };

const pagesPerJob = 50;
const jobMs = 3 * 60_000;
/** Once a day a check looks further back than the last head. */
const nightlyOverlap = 1_000;
const dayMs = 24 * 3_600_000;
/** A room in which something happens is looked at that often; a quiet one less and less, once a day at least. */
const shortestMs = 15 * 60_000;
const afterErrorMs = 5 * 60_000;

/**
 * Compares a room with the homeserver and puts in what is missing: its events since the last check and, once a day, its
 * state and members. One process at a time, by a lease in the room's ledger; killed at any line, the next one goes on.
 * Throws `homeserver_away` when the homeserver cannot be asked; the room is then due again some minutes later.
 */
export async function handleReconcile(
  deps: ReconcileDeps,
  { roomId }: ReconcilePayload,
  options: ReconcileOptions = {},
): Promise<Reconciled> {
  const claim = { roomId, lease: randomToken(12) };
  const begun = deps.database.clock.now();
  const ledger = await transact(deps.database, bridgeActor, (tx) => claimLedger(tx, claim));
  if (ledger === undefined) return { is: "not-mine" };
  try {
    return await check(deps, claim, { ledger, begun, options });
  } catch (error) {
    return afterTrouble(deps, claim, error);
  }
}

async function check(
  deps: ReconcileDeps,
  claim: Claim,
  { ledger, begun, options }: { ledger: Ledger; begun: Date; options: ReconcileOptions },
): Promise<Reconciled> {
  const withState = ledger.stateDue || options.state === true;
  const read = await readGap(deps, claim, ledger, reachOf(options, withState));
  if (read.end === "lost") return { is: "not-mine" };
  const { pages, events } = read;
  // A check that went on from where another stopped knows nothing of what has happened since.
  if (read.end === "open" || ledger.gapToken !== null) {
    await suspend(deps, claim, { afterMs: 0, error: null });
    return { is: "unfinished", pages, events, found: read.found };
  }
  const inState = withState
    ? await whileHeld(deps, claim, () => compareState(deps, claim), options.renewMs)
    : 0;
  const found = read.found + inState;
  await end(deps, claim, { ledger, begun, read });
  deps.counters.count("reconciled_rooms");
  if (found > 0)
    deps.log.warn({ roomId: claim.roomId, found }, "events that were never pushed are mirrored now");
  return { is: "checked", pages, events, found };
}

function reachOf({ pages, onPage }: ReconcileOptions, withState: boolean): Reach {
  return {
    overlap: withState ? nightlyOverlap : 0,
    pages: pages ?? pagesPerJob,
    untilMs: monotonicMs() + (pages === undefined ? jobMs : Number.POSITIVE_INFINITY),
    ...(onPage !== undefined && { onPage }),
  };
}

/**
 * The present state and members, each event of them a fact like any other, and which of them are the current ones. Gives how
 * many were not known.
 */
async function compareState(deps: ReconcileDeps, claim: Claim): Promise<number> {
  const state = await deps.homeserver.roomState({ roomId: claim.roomId, asUser: deps.botUserId });
  const found = await recordSnapshot(deps.ingest, state);
  await obeyState(deps, claim.roomId, state);
  deps.counters.count("reconcile_finds", countMissed(found, state, deps.database.clock.now().getTime()));
  await transact(deps.database, bridgeActor, (tx) =>
    noteStateCheck(tx, claim, { found, nextAt: new Date(tx.now.getTime() + jitter(dayMs)) }),
  );
  return found;
}

async function end(
  deps: ReconcileDeps,
  claim: Claim,
  { ledger, begun, read }: { ledger: Ledger; begun: Date; read: GapRead },
): Promise<void> {
  await transact(deps.database, bridgeActor, (tx) => {
    const quietMs = read.found > 0 ? 0 : tx.now.getTime() - (ledger.activeAt?.getTime() ?? 0);
    const pauseMs = Math.min(Math.max(quietMs / 2, shortestMs), dayMs);
    return endCheck(tx, claim, { begun, nextAt: new Date(tx.now.getTime() + jitter(pauseMs)) });
  });
}

async function suspend(
  deps: ReconcileDeps,
  claim: Claim,
  { afterMs, error }: { afterMs: number; error: string | null },
): Promise<void> {
  await transact(deps.database, bridgeActor, (tx) =>
    suspendCheck(tx, claim, { nextAt: new Date(tx.now.getTime() + afterMs), error }),
  );
}

async function afterTrouble(deps: ReconcileDeps, claim: Claim, error: unknown): Promise<Reconciled> {
  const nothing = { pages: 0, events: 0, found: 0 };
  if (toldToWait.is(error)) {
    await suspend(deps, claim, { afterMs: error.details.waitMs, error: null });
    return { is: "unfinished", ...nothing };
  }
  const reason = messageOf(error);
  if (homeserverRefused.is(error) && error.details.status === 400) {
    // Most likely a token that it has forgotten; without one the check begins at the present.
    await transact(deps.database, bridgeActor, (tx) => dropGap(tx, claim));
    await suspend(deps, claim, { afterMs: 0, error: reason });
    return { is: "unfinished", ...nothing };
  }
  await suspend(deps, claim, { afterMs: jitter(afterErrorMs), error: reason });
  if (!homeserverRefused.is(error)) throw error;
  if (isRefusal(error, "M_FORBIDDEN") && !(await isBotJoined(deps, claim.roomId))) {
    // It was removed while nobody told us.
    await transact(deps.database, bridgeActor, (tx) => markRoomLeft(tx, claim.roomId));
  }
  deps.log.warn({ roomId: claim.roomId, reason }, "the room cannot be compared with the homeserver");
  return { is: "unreadable", reason };
}

async function isBotJoined(deps: ReconcileDeps, roomId: string): Promise<boolean> {
  try {
    const own = { roomId, asUser: deps.botUserId, type: "m.room.member", stateKey: deps.botUserId };
    const event = await deps.homeserver.stateEvent(own);
    return (event?.["content"] as { membership?: unknown } | undefined)?.membership === "join";
  } catch (error) {
    if (isRefusal(error, "M_FORBIDDEN")) return false;
    throw error;
  }
}
