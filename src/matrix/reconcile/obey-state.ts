import { transact } from "../../db/index.ts";
import { type Fact, findContradictions, overruleState } from "../../domain/messaging/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { type JsonObject, stringAt } from "../../kernel/json.ts";
import { parseEvent } from "../ingest/parse-event.ts";
import type { ReconcileDeps } from "./deps.ts";

type StateDeps = Pick<ReconcileDeps, "database" | "homeserver" | "botUserId" | "log">;

/**
 * Where the mirror's state is not the one that the homeserver gave, the homeserver is right: its state resolution may pick
 * an older event, and clocks may differ. What was pushed while it was asked would look the same, so it is asked once more,
 * and believed where it says it again of what the mirror knew before. Gives how much of the state went another way.
 */
export async function obeyState(
  deps: StateDeps,
  roomId: string,
  state: readonly JsonObject[],
): Promise<number> {
  const { db } = deps.database;
  const doubtful = await findContradictions(db, roomId, state.flatMap(nameOf));
  if (doubtful.length === 0) return 0;
  const again = await deps.homeserver.roomState({ roomId, asUser: deps.botUserId });
  const current = new Map(
    again.flatMap((event) => nameOf(event).map((name) => [keyOf(name), name.eventId] as const)),
  );
  const found = doubtful.filter((one) => (current.get(keyOf(one)) ?? null) === one.eventId);
  if (found.length === 0) return 0;
  const concerned = new Set(found.map(keyOf).concat(keyOf({ type: "m.room.create", stateKey: "" })));
  const known = again
    .filter((event) => nameOf(event).some((name) => concerned.has(keyOf(name))))
    .flatMap((event) => factsOf({ ...event, room_id: roomId }));
  await transact(deps.database, bridgeActor, (tx) => overruleState(tx, { roomId, known, found }));
  deps.log.warn({ roomId, keys: found.length }, "the homeserver's state went another way than its events");
  return found.length;
}

function nameOf(event: JsonObject): { type: string; stateKey: string; eventId: string }[] {
  const [type, stateKey, eventId] = ["type", "state_key", "event_id"].map((key) => stringAt(event, key));
  return type === undefined || stateKey === undefined || eventId === undefined
    ? []
    : [{ type, stateKey, eventId }];
}

function keyOf({ type, stateKey }: { type: string; stateKey: string }): string {
  return `${type}\n${stateKey}`;
}

function factsOf(event: JsonObject): readonly Fact[] {
  const parsed = parseEvent(event);
  return "facts" in parsed ? parsed.facts : [];
}
