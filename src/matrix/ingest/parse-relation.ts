import { at, type JsonObject, objectAt, stringAt } from "../../kernel/json.ts";
import { identifierAt } from "./event-shape.ts";

/** How an event relates to others, with everything malformed left out. Source: client-server API, "Forming relationships". */
export interface Relation {
  readonly replaces: string | null;
  readonly threadRoot: string | null;
  readonly replyTo: string | null;
  /** Whether the body may begin with a quoted fallback, also where no reply is shown. */
  readonly isReply: boolean;
}

export function relationOf(content: JsonObject): Relation {
  const relation = objectAt(content, "m.relates_to");
  const target = identifierAt(relation, "event_id", "$");
  const type = stringAt(relation, "rel_type");
  const inReplyTo = identifierAt(objectAt(relation, "m.in_reply_to"), "event_id", "$");
  const isThread = type === "m.thread" && target !== null;
  // In a thread, a reply that only serves clients without threads is none.
  const isFallback = isThread && at(relation, "is_falling_back") === true;
  return {
    replaces: type === "m.replace" ? target : null,
    threadRoot: isThread ? target : null,
    replyTo: isFallback ? null : inReplyTo,
    isReply: inReplyTo !== null,
  };
}
