import { at, type JsonObject, objectAt } from "../../kernel/json.ts";
import { isStorable } from "./well-formed.ts";

const maxMentions = 100;

/** Who is mentioned, as `messages.metadata` has it. */
export function mentionFields(content: JsonObject): Record<string, unknown> {
  return {
    mentions: mentionsOf(content),
    mentions_room: at(objectAt(content, "m.mentions"), "room") === true ? true : undefined,
  };
}

/** The user ids that `m.mentions` names; nothing else counts as a mention. Source: client-server API, "User and room mentions". */
export function mentionsOf(content: JsonObject): string[] | undefined {
  const ids = at(objectAt(content, "m.mentions"), "user_ids");
  if (!Array.isArray(ids)) return undefined;
  const users = ids.filter(
    (id): id is string => typeof id === "string" && id.startsWith("@") && isStorable(id),
  );
  return users.length === 0 ? undefined : [...new Set(users)].slice(0, maxMentions);
}
