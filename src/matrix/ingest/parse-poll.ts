import type { Content, PollFact } from "../../domain/messaging/index.ts";
import { at, isObject, type JsonObject, objectAt, stringAt } from "../../kernel/json.ts";
import { compact } from "./compact.ts";
import { identifierAt, type RawEvent } from "./event-shape.ts";
import { extensibleText } from "./extensible-text.ts";
import { previewOf } from "./preview.ts";
import { isStorable } from "./well-formed.ts";

/** Source: MSC3381, "The array is truncated to 20 maximum options". */
const maxAnswers = 20;
const longestAnswer = 100;
const longestAnswerId = 255;

/** A poll's question, and what may be answered. Source: MSC3381, stable and unstable names. */
export function pollContent(content: JsonObject): Content {
  const poll = objectAt(content, "m.poll") ?? objectAt(content, "org.matrix.msc3381.poll.start") ?? content;
  const answers = answersOf(poll);
  return {
    kind: "poll",
    preview: previewOf(extensibleText(objectAt(poll, "question")) ?? extensibleText(content) ?? "poll"),
    metadata: compact({
      poll:
        answers.length === 0
          ? undefined
          : { answers, max_selections: maxSelectionsOf(poll), disclosed: isDisclosed(poll) },
    }),
  };
}

function answersOf(poll: JsonObject): { id: string; text: string }[] {
  const listed = at(poll, "answers");
  const answers = new Map<string, string>();
  for (const answer of (Array.isArray(listed) ? listed : []).slice(0, maxAnswers).filter(isObject)) {
    const id = stringAt(answer, "m.id") ?? stringAt(answer, "id");
    if (isAnswerId(id) && !answers.has(id)) {
      answers.set(id, previewOf(extensibleText(answer) ?? "", longestAnswer));
    }
  }
  return [...answers].map(([id, text]) => ({ id, text }));
}

function maxSelectionsOf(poll: JsonObject): number {
  const max = at(poll, "max_selections");
  return typeof max === "number" && max >= 1 ? Math.min(Math.floor(max), maxAnswers) : 1;
}

/** Whether votes may be shown before the end: kinds that nobody knows are as if they said no. */
function isDisclosed(poll: JsonObject): boolean {
  const kind = stringAt(poll, "kind");
  return (
    kind === "m.disclosed" || kind === "m.poll.disclosed" || kind === "org.matrix.msc3381.poll.disclosed"
  );
}

function isAnswerId(id: unknown): id is string {
  return typeof id === "string" && id.length <= longestAnswerId && isStorable(id);
}

/** A response to a poll, or its end. Whether it counts is found out when the poll is read. */
export function pollFacts(event: RawEvent, kind: PollFact["kind"]): PollFact[] {
  const { content, eventId, roomId, sender, ts } = event;
  const relation = objectAt(content, "m.relates_to");
  const poll = identifierAt(relation, "event_id", "$");
  if (poll === null || stringAt(relation, "rel_type") !== "m.reference") return [];
  const answers = kind === "end" ? [] : selectionsOf(content);
  return [{ type: "poll", eventId, roomId, sender, ts, target: poll, kind, answers }];
}

/** What a response selects. One that makes no sense is as one that selects nothing: it still is the sender's latest. */
function selectionsOf(content: JsonObject): string[] {
  const selected =
    at(content, "m.selections") ?? at(objectAt(content, "org.matrix.msc3381.poll.response"), "answers");
  // An id that no poll can have spoils the vote, as any unknown one does.
  return (Array.isArray(selected) ? selected : [])
    .slice(0, maxAnswers)
    .map((id: unknown) => (isAnswerId(id) ? id : ""));
}
