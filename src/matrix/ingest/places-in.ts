import type { Places } from "../../domain/messaging/index.ts";
import { at, objectAt } from "../../kernel/json.ts";
import { isIdentifier } from "./event-shape.ts";

/**
 * The events' ids, and the rooms and people that they seem to be about, before anybody has looked at them closely: so they
 * can be looked up meanwhile. What is no id is left out; too much does no harm, and what is missing is looked up afterwards.
 */
export function placesIn(rawEvents: readonly unknown[]): Places {
  const rooms = new Set<unknown>();
  const people = new Set<unknown>();
  const events = new Set<unknown>();
  for (const raw of rawEvents) {
    rooms.add(at(raw, "room_id"));
    people.add(at(raw, "sender"));
    events.add(at(raw, "event_id"));
    if (at(raw, "type") === "m.room.member") people.add(at(raw, "state_key"));
    const because = objectAt(at(raw, "unsigned"), "redacted_because");
    if (because !== undefined) people.add(at(because, "sender"));
  }
  return { roomIds: idsAmong(rooms), people: idsAmong(people), eventIds: idsAmong(events) };
}

function idsAmong(values: ReadonlySet<unknown>): Set<string> {
  return new Set([...values].filter(isIdentifier));
}
