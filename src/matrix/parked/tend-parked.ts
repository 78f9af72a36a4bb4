import { type Database, transact } from "../../db/index.ts";
import { forgetSeenPolls } from "../../domain/messaging/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Log } from "../../kernel/log.ts";
import type { Ingest } from "../backfill/record-page.ts";
import { type Homeserver, homeserverAway, homeserverRefused, isRefusal } from "../homeserver/index.ts";
import { insertDeadLetters, type NewDeadLetter } from "../ingest/dead-letters-store.ts";
import {
  type Abandoned,
  claimMissing,
  followParked,
  giveUp,
  type MissingTarget,
  markUnavailable,
  unclaim,
} from "./parked-store.ts";

export interface ParkedDeps {
  readonly database: Database;
  readonly homeserver: Pick<Homeserver, "event" | "context" | "allRelations">;
  readonly ingest: Ingest;
  readonly botUserId: string;
  /** For how many days something may wait before it becomes a dead letter. */
  readonly parkedDays: number;
  readonly log: Log;
}

/** What is pushed out of order is complete long before; nothing is asked for that is about to come. */
const patienceMs = 3 * 60_000;
const dayMs = 86_400_000;
/** A round is bounded, so that it cannot flood the homeserver; the next one goes on. */
const asksPerRound = 50;
const rowsPerRound = 1_000;
/** How much of the room around a missing event is read: what was lost was seldom alone. */
const contextSize = 20;
/** What points at a missing event: edits, reactions, a thread. A longer one is left to the next comparison of the room. */
const relationsPerPage = 100;
const relationPages = 10;

/**
 * One round over what waits for events that are not here (requirement 129). Each missing event is asked for once, with
 * what is around it and, page by page, what points at it; one that the homeserver does not give is marked as unavailable. What has waited for longer than its
 * window becomes a dead letter with the reason, and is applied all the same should its event ever come.
 * Safe to run in several processes at once.
 */
export async function tendParked(deps: ParkedDeps): Promise<void> {
  const { database } = deps;
  const now = database.clock.now().getTime();
  await transact(database, bridgeActor, async (tx) => {
    await forgetSeenPolls(tx, rowsPerRound);
    await followParked(tx, { limit: rowsPerRound });
  });
  const claim = { before: new Date(now - patienceMs), limit: asksPerRound };
  const missing = await transact(database, bridgeActor, (tx) => claimMissing(tx, claim));
  for (const [index, target] of missing.entries()) {
    if (await lookUp(deps, target)) continue;
    await transact(database, bridgeActor, (tx) => unclaim(tx, missing.slice(index)));
    break;
  }
  await abandonOld(deps, new Date(now - deps.parkedDays * dayMs));
}

/** Whether the homeserver answered; false when it is away or asks to wait. */
async function lookUp(deps: ParkedDeps, target: MissingTarget): Promise<boolean> {
  const { homeserver, botUserId: asUser } = deps;
  const { roomId, eventId } = target;
  try {
    const event = await homeserver.event({ roomId, asUser, eventId });
    if (event === undefined) await transact(deps.database, bridgeActor, (tx) => markUnavailable(tx, target));
    else {
      await deps.ingest([event], "backfill");
      const around = await homeserver.context({ roomId, asUser, eventId, limit: contextSize });
      if (around !== undefined) await deps.ingest(around, "backfill");
      await readRelations(deps, target);
    }
    return true;
  } catch (error) {
    if (homeserverAway.is(error)) return false;
    if (!homeserverRefused.is(error)) throw error;
    if (error.details.status === 429) return false;
    await transact(deps.database, bridgeActor, (tx) => markUnavailable(tx, target));
    return true;
  }
}

/**
 * Mirrors what points at an event that was lost: most likely it was lost as well (requirement 130). A homeserver that does
 * not know the request, whatever it says of its version, leaves that to the next comparison of the room.
 */
async function readRelations(deps: ParkedDeps, { roomId, eventId }: MissingTarget): Promise<void> {
  const { homeserver, botUserId: asUser } = deps;
  const related = { roomId, asUser, eventId, limit: relationsPerPage };
  try {
    let from: string | undefined;
    for (let page = 0; page < relationPages; page += 1) {
      const { chunk, next } = await homeserver.allRelations({ ...related, from });
      if (chunk.length > 0) await deps.ingest(chunk, "backfill");
      if (next === undefined || next === from) return;
      from = next;
    }
  } catch (error) {
    if (!isRefusal(error, "M_UNRECOGNIZED")) throw error;
  }
}

async function abandonOld({ database, log }: ParkedDeps, before: Date): Promise<void> {
  const given = await transact(database, bridgeActor, async (tx) => {
    const abandoned = await giveUp(tx, { before, limit: rowsPerRound });
    await insertDeadLetters(tx, abandoned.map(letterOf), { source: "backfill", txnId: null });
    return abandoned.length;
  });
  if (given > 0) log.warn({ events: given }, "what waited too long for its event is a dead letter now");
}

/** The mirror keeps no raw events: the letter has what is known of this one, without anybody's words. */
function letterOf(abandoned: Abandoned): NewDeadLetter {
  const { eventId, roomId, sender, ts, target, reason } = abandoned;
  const raw = { event_id: eventId, room_id: roomId, sender, origin_server_ts: ts, ...formOf(abandoned) };
  const why =
    reason === "unavailable"
      ? "the homeserver does not give that event"
      : "the mirror does not keep that event, or never got it";
  return {
    raw,
    code: reason === "unavailable" ? "target_unavailable" : "target_missing",
    message: `It waited too long for ${target}: ${why}.`,
  };
}

function formOf({ relation, target, key }: Abandoned): JsonObject {
  const relates = (rel_type: string, more: JsonObject = {}) => ({
    "m.relates_to": { rel_type, event_id: target, ...more },
  });
  if (relation === "edit") return { type: "m.room.message", content: relates("m.replace") };
  if (relation === "vote") return { type: `m.poll.${key ?? "response"}`, content: relates("m.reference") };
  if (relation === "reaction") return { type: "m.reaction", content: relates("m.annotation", { key }) };
  return { type: "m.room.redaction", redacts: target, content: { redacts: target } };
}
