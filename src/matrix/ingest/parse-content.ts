import type { Content, MessageKind } from "../../domain/messaging/index.ts";
import { at, isObject, type JsonObject, stringAt } from "../../kernel/json.ts";
import { compact, shortString } from "./compact.ts";
import { extensibleText } from "./extensible-text.ts";
import { locationContent } from "./parse-location.ts";
import { galleryContent, mediaContent } from "./parse-media.ts";
import { mentionFields } from "./parse-mentions.ts";
import { previewOf, withoutReplyFallback } from "./preview.ts";

const kindOfMsgtype: Readonly<Record<string, MessageKind>> = {
  "m.text": "text",
  "m.notice": "notice",
  "m.server_notice": "notice",
  "m.emote": "emote",
  "m.image": "image",
  "m.video": "video",
  "m.audio": "audio",
  "m.file": "file",
  "m.location": "location",
  "m.gallery": "gallery",
  "dm.filament.gallery": "gallery",
};
const mediaKinds: ReadonlySet<MessageKind> = new Set(["image", "video", "audio", "voice", "file"]);
/** Kinds whose name says all that their msgtype does. */
const plainMsgtypes: ReadonlySet<string> = new Set(["m.text", "m.notice", "m.emote"]);

/** What the content of an `m.room.message` (or of an edit's `m.new_content`) says. */
export function messageContent(content: JsonObject, isReply: boolean): Content {
  const kind = kindOf(content);
  const body = extensibleText(content) ?? "";
  const text = isReply ? withoutReplyFallback(body) : body;
  if (mediaKinds.has(kind)) return mediaContent(content, kind);
  if (kind === "gallery") return galleryContent(content);
  return kind === "location" ? locationContent(content, text) : textContent(content, kind, text);
}

/**
 * An event of a type that nobody here knows, which says what it is to those who do not know it either. Without such a
 * text there is nothing to show, and it is no message. Source: MSC1767, "Fallback behaviour".
 */
export function customContent(content: JsonObject, type: string): Content {
  return {
    kind: "custom",
    preview: previewOf(extensibleText(content) ?? ""),
    metadata: compact({ event_type: type, ...mentionFields(content) }),
  };
}

function textContent(content: JsonObject, kind: MessageKind, text: string): Content {
  const msgtype = shortString(content, "msgtype");
  return {
    kind,
    preview: previewOf(text),
    metadata: compact({
      msgtype: msgtype !== undefined && !plainMsgtypes.has(msgtype) ? msgtype : undefined,
      ...mentionFields(content),
    }),
  };
}

function kindOf(content: JsonObject): MessageKind {
  const msgtype = stringAt(content, "msgtype") ?? "";
  if (msgtype === "m.audio" && isVoice(content)) return "voice";
  return Object.hasOwn(kindOfMsgtype, msgtype) ? (kindOfMsgtype[msgtype] ?? "other") : "other";
}

/** MSC3245, and the name its extensible version has. */
function isVoice(content: JsonObject): boolean {
  return isObject(at(content, "org.matrix.msc3245.voice")) || isObject(at(content, "m.voice"));
}
