import { eventId } from "../../kernel/events.ts";

/** The id of the `chat.reaction.added` event that told of a reaction. `ts`: milliseconds since 1970. */
export function toldReactionId({ eventId: key, ts }: { eventId: string; ts: number }): string {
  return eventId({ topic: "chat.reaction.added", key, at: new Date(ts) });
}
