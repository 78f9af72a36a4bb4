import type { Content, MessageKind } from "../../domain/messaging/index.ts";
import { at, integerAt, isObject, type JsonObject, objectAt, stringAt } from "../../kernel/json.ts";
import { previewOf, withoutReplyFallback } from "./preview.ts";
import { isStorable, wellFormed } from "./well-formed.ts";

const kindOfMsgtype: Readonly<Record<string, MessageKind>> = {
  "m.text": "text",
  "m.notice": "notice",
  "m.emote": "emote",
  "m.image": "image",
  "m.video": "video",
  "m.audio": "audio",
  "m.file": "file",
  "m.location": "location",
};
const mediaKinds: ReadonlySet<MessageKind> = new Set(["image", "video", "audio", "voice", "file", "sticker"]);
const maxMentions = 100;

/** What the content of an `m.room.message` (or of an edit's `m.new_content`) says. */
export function messageContent(content: JsonObject, isReply: boolean): Content {
  const kind = kindOf(content);
  const body = stringAt(content, "body") ?? "";
  const text = isReply ? withoutReplyFallback(body) : body;
  if (mediaKinds.has(kind)) return mediaContent(content, kind);
  return {
    kind,
    preview: previewOf(text),
    metadata: compact({
      msgtype: kind === "other" ? shortString(content, "msgtype") : undefined,
      geo_uri: kind === "location" ? geoUriOf(content) : undefined,
      mentions: mentionsOf(content),
      mentions_room: at(objectAt(content, "m.mentions"), "room") === true ? true : undefined,
    }),
  };
}

/** A file named for people: its caption if it has one, else its file name. Source: client-server API, "Media captions". */
export function mediaContent(content: JsonObject, kind: MessageKind): Content {
  const body = (stringAt(content, "body") ?? "").trim();
  const filename = (stringAt(content, "filename") ?? body).trim();
  const caption = body === filename ? "" : body;
  return {
    kind,
    preview: previewOf(caption || filename || kind),
    metadata: compact({
      filename: previewOf(filename) || undefined,
      ...mediaReference(content),
      mentions: mentionsOf(content),
    }),
  };
}

/** Where the file is and what it is said to be. The keys of an encrypted file stay in Matrix. */
function mediaReference(content: JsonObject): Record<string, unknown> {
  const info = objectAt(content, "info");
  const file = objectAt(content, "file");
  const voice = objectAt(content, "org.matrix.msc1767.audio");
  const url = stringAt(file ?? content, "url");
  const isMxc = url?.startsWith("mxc://") === true && url.length <= 512 && isStorable(url);
  return {
    mxc: isMxc ? url : undefined,
    encrypted_file: file === undefined ? undefined : true,
    mimetype: shortString(info, "mimetype"),
    size: integerAt(info, "size"),
    width: integerAt(info, "w"),
    height: integerAt(info, "h"),
    duration_ms: integerAt(info, "duration") ?? integerAt(voice, "duration"),
  };
}

/** RFC 5870; what is no such URI is no place. Source: client-server API, `m.location`; MSC3488. */
function geoUriOf(content: JsonObject): string | undefined {
  const uri =
    stringAt(content, "geo_uri") ?? stringAt(objectAt(content, "org.matrix.msc3488.location"), "uri");
  const isPlace =
    uri !== undefined && uri.length <= 255 && /^geo:-?\d+(?:\.\d+)?,-?\d+(?:\.\d+)?[\x21-\x7e]*$/.test(uri);
  return isPlace ? uri : undefined;
}

/** The question of a poll and how many answers it offers. Source: MSC3381, stable and unstable names. */
export function pollContent(content: JsonObject): Content {
  const poll = objectAt(content, "m.poll") ?? objectAt(content, "org.matrix.msc3381.poll.start") ?? content;
  const question = objectAt(poll, "question");
  const answers = at(poll, "answers");
  return {
    kind: "poll",
    preview: previewOf(extensibleText(question) ?? extensibleText(content) ?? "poll"),
    metadata: compact({ answers: Array.isArray(answers) ? answers.length : undefined }),
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

function kindOf(content: JsonObject): MessageKind {
  const msgtype = stringAt(content, "msgtype") ?? "";
  if (msgtype === "m.audio" && isObject(at(content, "org.matrix.msc3245.voice"))) return "voice";
  return Object.hasOwn(kindOfMsgtype, msgtype) ? (kindOfMsgtype[msgtype] ?? "other") : "other";
}

/** MSC1767 text: a string, `org.matrix.msc1767.text`, or the first `m.text` representation. */
function extensibleText(value: JsonObject | undefined): string | undefined {
  const represented = at(value, "m.text");
  return (
    stringAt(value, "body") ??
    stringAt(value, "org.matrix.msc1767.text") ??
    (Array.isArray(represented) ? stringAt(represented[0], "body") : undefined)
  );
}

function shortString(value: unknown, key: string): string | undefined {
  const text = stringAt(value, key);
  return text === undefined ? undefined : wellFormed(text.slice(0, 255));
}

function compact(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
