import { transact } from "../../db/index.ts";
import {
  type ClaimedPowers,
  claimPowers,
  freePowers,
  type GivePowersPayload,
  type PowersOutcome,
  planPowers,
  settlePowers,
} from "../../domain/messaging/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { objectAt } from "../../kernel/json.ts";
import { finalRefusalOf } from "../homeserver/index.ts";
import type { SpacesDeps } from "./deps.ts";

type PowersDeps = Pick<SpacesDeps, "database" | "homeserver" | "botUserId" | "log">;

/** Longer than three requests take, each with its time limit. */
const leaseMs = 2 * 60_000;

/**
 * Brings a room's power levels to what is wanted there, all of it in one event. It looks first and sends nothing that is so
 * already, so it is safe to repeat and answers no echo of its own. Power levels are read, changed and written as a whole:
 * one process at a time does that in a room, under a lease; what is asked for meanwhile is done by whoever holds it. What
 * the bridge lacks, or the homeserver refuses, is in the audit log. Throws `homeserver_away` and refusals that ask to wait.
 */
export async function handleGivePowers(deps: PowersDeps, { roomId }: GivePowersPayload): Promise<void> {
  const { database } = deps;
  const claimed = await transact(database, bridgeActor, (tx) => claimPowers(tx, roomId, leaseMs));
  if (claimed === undefined) return;
  let outcome: PowersOutcome;
  try {
    outcome = await givePowers(deps, roomId, claimed);
  } catch (error) {
    await transact(database, bridgeActor, (tx) => freePowers(tx, roomId));
    throw error;
  }
  await transact(database, bridgeActor, (tx) => settlePowers(tx, roomId, outcome));
}

async function givePowers(
  { homeserver, botUserId, log }: PowersDeps,
  roomId: string,
  claimed: ClaimedPowers,
): Promise<PowersOutcome> {
  const { wanted } = claimed;
  const inRoom = { roomId, asUser: botUserId, stateKey: "" };
  try {
    const create = await homeserver.stateEvent({ ...inRoom, type: "m.room.create" });
    const present = await homeserver.stateEvent({ ...inRoom, type: "m.room.power_levels" });
    const levels = objectAt(present, "content") ?? null;
    const { content, given, lacking } = planPowers({ create, levels, botId: botUserId }, wanted);
    if (content !== null) await homeserver.sendState({ ...inRoom, type: "m.room.power_levels", content });
    return { claimed, given, lacking };
  } catch (error) {
    const refusal = finalRefusalOf(error);
    if (refusal === undefined) throw error;
    const { errcode, reason } = refusal;
    log.warn({ roomId, errcode }, "a room's power levels could not be changed as it was asked for");
    return {
      claimed,
      given: [],
      lacking: wanted.map((wish) => ({ ...wish, lacking: `${errcode}: ${reason}` })),
    };
  }
}
