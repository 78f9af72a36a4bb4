import type { ReadQuestion } from "../../domain/agents/index.ts";
import { finalRefusalOf, type Homeserver } from "../homeserver/index.ts";
import { parseEvent } from "./parse-event.ts";

/**
 * Reads a question from the homeserver, as the bot, at the moment it is to be answered. Its words are kept in no table
 * and in no job, so what was redacted meanwhile is gone.
 */
export function readQuestionFrom(homeserver: Pick<Homeserver, "event">, botUserId: string): ReadQuestion {
  return async ({ roomId, eventId }) => {
    try {
      const parsed = parseEvent(await homeserver.event({ roomId, eventId, asUser: botUserId }));
      const fact = "fault" in parsed ? undefined : parsed.facts.find(({ type }) => type === "message");
      return fact?.type === "message" ? fact.said?.text : undefined;
    } catch (error) {
      // Whoever may not see it may not answer it either.
      if (finalRefusalOf(error) !== undefined) return undefined;
      throw error;
    }
  };
}
