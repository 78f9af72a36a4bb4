import type { ReadTalk, Talk, Utterance } from "../../domain/runtime/index.ts";
import { at, isObject, type JsonObject, objectAt, stringAt } from "../../kernel/json.ts";
import { finalRefusalOf, type Homeserver } from "../homeserver/index.ts";
import { withoutReplyFallback } from "./preview.ts";
import { wellFormed } from "./well-formed.ts";

/** Half of them come before the event that is asked for. */
const eventsAround = 80;
const eventsOfThread = 50;
const longestText = 32_000;
const spoken: ReadonlySet<unknown> = new Set(["m.text", "m.emote"]);

type Reader = Pick<Homeserver, "event" | "context" | "relations">;

/**
 * Reads talks from the homeserver as the agent that is asked, so it learns no more than a client of its own would show it.
 * Nothing of them is stored. Edits are applied; what was deleted, what is encrypted and what is a notice is left out. In a
 * room that has replaced another the agent is only when it speaks: until then it gets the question alone, by the bot.
 */
export function readTalkFrom(homeserver: Reader, botUserId: string): ReadTalk {
  return async ({ roomId, eventId, threadRoot, reader }) => {
    const place = { roomId, asUser: reader };
    try {
      const around =
        threadRoot === null
          ? await homeserver.context({ ...place, eventId, limit: eventsAround })
          : await readThread(homeserver, place, { eventId, threadRoot });
      return around && talkIn(around, eventId, threadRoot);
    } catch (error) {
      if (finalRefusalOf(error) === undefined) throw error;
      return readQuestionAlone(homeserver, { roomId, eventId, asUser: botUserId });
    }
  };
}

function talkIn(around: readonly JsonObject[], eventId: string, threadRoot: string | null): Talk | undefined {
  const until = around.findIndex((event) => event["event_id"] === eventId);
  const asked = around[until];
  const question = asked && utteranceOf(asked);
  if (question === undefined) return undefined;
  const before = around
    .slice(0, until)
    .toSorted((a, b) => timeOf(a) - timeOf(b))
    .flatMap((event) => (isOutsideOf(threadRoot, event) ? [] : (utteranceOf(event) ?? [])));
  return { question, before };
}

async function readQuestionAlone(
  homeserver: Reader,
  event: Parameters<Reader["event"]>[0],
): Promise<Talk | undefined> {
  try {
    const asked = await homeserver.event(event);
    const question = asked && utteranceOf(asked);
    return question && { question, before: [] };
  } catch (error) {
    // Whoever may not see it may not answer it either.
    if (finalRefusalOf(error) !== undefined) return undefined;
    throw error;
  }
}

/** The root and the newest answers up to the question, which comes last. */
async function readThread(
  homeserver: Reader,
  place: { readonly roomId: string; readonly asUser: string },
  { eventId, threadRoot }: { readonly eventId: string; readonly threadRoot: string },
): Promise<readonly JsonObject[] | undefined> {
  const [root, asked, answers] = await Promise.all([
    homeserver.event({ ...place, eventId: threadRoot }),
    homeserver.event({ ...place, eventId }),
    homeserver.relations({ ...place, eventId: threadRoot, relType: "m.thread", limit: eventsOfThread }),
  ]);
  if (asked === undefined) return undefined;
  const newest = answers.findIndex((event) => event["event_id"] === eventId);
  return [...(root === undefined ? [] : [root]), ...answers.slice(newest + 1), asked];
}

/** Outside of threads, what is said in threads is another talk. */
function isOutsideOf(threadRoot: string | null, event: JsonObject): boolean {
  const relation = objectAt(objectAt(event, "content"), "m.relates_to");
  return threadRoot === null && stringAt(relation, "rel_type") === "m.thread";
}

function timeOf(event: JsonObject): number {
  const time = event["origin_server_ts"];
  return typeof time === "number" ? time : 0;
}

/** What an event says; undefined for edits (they are applied to what they edit) and for what is no plain talk. */
function utteranceOf(event: JsonObject): Utterance | undefined {
  const { event_id: eventId, sender, type } = event;
  const content = objectAt(event, "content");
  if (typeof eventId !== "string" || typeof sender !== "string" || type !== "m.room.message")
    return undefined;
  if (stringAt(objectAt(content, "m.relates_to"), "rel_type") === "m.replace") return undefined;
  const latest = editOf(event, sender) ?? content;
  const body = stringAt(latest, "body");
  if (latest === undefined || body === undefined || !spoken.has(latest["msgtype"])) return undefined;
  const text = wellFormed(withoutReplyFallback(body).slice(0, longestText)).trim();
  return text === "" ? undefined : { eventId, sender, text };
}

/** The newest edit, which the homeserver puts into the event; only its sender's own counts. */
function editOf(event: JsonObject, sender: string): JsonObject | undefined {
  const edit = at(objectAt(objectAt(event, "unsigned"), "m.relations"), "m.replace");
  return isObject(edit) && edit["sender"] === sender
    ? objectAt(objectAt(edit, "content"), "m.new_content")
    : undefined;
}
