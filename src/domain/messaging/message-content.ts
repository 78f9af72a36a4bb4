import { type Cause, causeContent } from "./cause.ts";
import { markdownToHtml } from "./markdown-html.ts";
import { mentionedUsers } from "./mentions.ts";
import { messageTooLarge } from "./post-errors.ts";
import { sendMarkerKey } from "./send-marker.ts";
import type { Upload } from "./uploads-store.ts";

export type MessageType = "m.text" | "m.notice" | "m.emote";

/** What to say: plain text, or Markdown that is sent as HTML with its source as the fallback. */
export type MessageBody = { readonly text: string } | { readonly markdown: string };

/** A tool that an agent used for its answer: nothing of what it was given or gave. */
export interface UsedTool {
  readonly name: string;
  readonly status: string;
  /** From the call to its end in milliseconds, waiting for a person included. */
  readonly ms: number;
}

const toolsContent = (tools: readonly UsedTool[] | undefined) =>
  tools === undefined || tools.length === 0 ? {} : { "org.microdao.tools": tools };

export interface MessageToBuild {
  readonly body: MessageBody;
  readonly msgtype: MessageType;
  /** The Matrix id of whoever says it; never among those it mentions. */
  readonly sender: string;
  /** `m_…` of the `matrix.sends` row. */
  readonly sendId: string;
  readonly replyTo: { readonly eventId: string; readonly sender: string | null } | null;
  readonly thread: Thread | null;
  /** The run that says it. */
  readonly cause?: Cause | undefined;
  readonly tools?: readonly UsedTool[] | undefined;
  /** Whether it is going to grow. */
  readonly live?: boolean | undefined;
}

/** Where in a thread: its root, and its last event for clients that know no threads. */
export interface Thread {
  readonly root: string;
  readonly latest: string;
}

/** Clients that know it show that the text is still growing. https://github.com/matrix-org/matrix-spec-proposals/pull/4357 */
const liveMarker = { "org.matrix.msc4357.live": {} };

/**
 * The most bytes of content. An event is at most 65,536 bytes with everything the homeserver adds: ids of the room,
 * the sender and up to 20 previous events, hashes and signatures. They fit into what is left.
 * https://spec.matrix.org/v1.19/client-server-api/#size-limits
 */
export const contentLimitBytes = 65_536 - 6_144;

/**
 * The content of an `m.room.message`. `m.mentions` is always there, replies carry no quoted fallback (removed in v1.13),
 * and a thread message that is no reply points at the thread's last event for clients without threads. Throws
 * `message_too_large`. https://spec.matrix.org/v1.19/client-server-api/#mroommessage
 */
export function buildMessageContent(message: MessageToBuild): Record<string, unknown> {
  const words = wordsOf(message.body);
  const relation = relationOf(message);
  const content = {
    msgtype: message.msgtype,
    ...words,
    "m.mentions": mentionsOf(words.body, message),
    ...(relation && { "m.relates_to": relation }),
    [sendMarkerKey]: message.sendId,
    ...(message.cause && causeContent(message.cause)),
    ...toolsContent(message.tools),
    ...(message.live === true && liveMarker),
  };
  requireFitting(JSON.stringify(content));
  return content;
}

/** The key of a content whose text delivery uploads first, and puts the file's address in its place. Never sent. */
export const uploadKey = "org.microdao.upload";

/**
 * The content of a text that is sent as a file, named as one, with so many of its first characters as the caption. Its
 * address is put in by delivery, which uploads it. https://spec.matrix.org/v1.19/client-server-api/#mfile
 */
export function buildFileContent(message: MessageToBuild, previewChars: number): Record<string, unknown> {
  const isText = "text" in message.body;
  const whole = storable(isText ? message.body.text : message.body.markdown);
  const preview = `${whole.slice(0, previewChars).toWellFormed().trimEnd()} …`;
  const caption = buildMessageContent({ ...message, body: { text: preview } });
  const mimetype = isText ? "text/plain" : "text/markdown";
  return {
    ...caption,
    msgtype: "m.file",
    filename: isText ? "message.txt" : "message.md",
    info: { mimetype, size: Buffer.byteLength(whole) },
    [uploadKey]: { text: whole },
  };
}

export interface Attachment {
  /** `mxc://…` */
  readonly mxc: string;
  readonly filename: string;
  /** What is known of the file; absent for one that was not uploaded here. */
  readonly upload?: Upload | undefined;
}

/**
 * The content of a message that is a file. Its text is the caption; without one the file's name is the body. Throws
 * `message_too_large`. https://spec.matrix.org/v1.19/client-server-api/#media-captions
 */
export function buildAttachmentContent(message: MessageToBuild, file: Attachment): Record<string, unknown> {
  const { mxc, filename, upload } = file;
  const isBare = ("text" in message.body ? message.body.text : message.body.markdown).trim() === "";
  const body = isBare ? { text: filename } : message.body;
  const size = upload?.width && upload.height ? { w: upload.width, h: upload.height } : {};
  return {
    ...buildMessageContent({ ...message, body }),
    msgtype: fileTypeOf(upload?.contentType),
    filename,
    url: mxc,
    ...(upload && { info: { mimetype: upload.contentType, size: upload.bytes, ...size } }),
  };
}

function fileTypeOf(contentType = ""): string {
  const [kind = ""] = contentType.split("/");
  return ["image", "audio", "video"].includes(kind) ? `m.${kind}` : "m.file";
}

export interface EditToBuild extends Pick<MessageToBuild, "body" | "msgtype" | "sender" | "tools"> {
  /** Whom the original mentions: they are not told again. */
  readonly mentioned: readonly string[];
  /** Whether the message is still growing: then nobody is told, whoever is mentioned. */
  readonly live?: boolean | undefined;
}

/**
 * The content of an edit, without the id of the message that it replaces. Clients that know no edits see a new message
 * that begins with an asterisk. The new content mentions whom the message mentions now, the event only those who are
 * mentioned for the first time. Throws `message_too_large`: both texts have to fit.
 * https://spec.matrix.org/v1.19/client-server-api/#event-replacements
 */
export function buildEditContent(edit: EditToBuild): Record<string, unknown> {
  const { body, msgtype, sender, mentioned, tools, live = false } = edit;
  const words = wordsOf(body);
  const mentions = mentionsOf(words.body, { sender, replyTo: null });
  const fresh = mentions.user_ids?.filter((userId) => !mentioned.includes(userId)) ?? [];
  const added = live ? [] : fresh;
  const marker = live ? liveMarker : {};
  const content = {
    msgtype,
    ...words,
    body: `* ${words.body}`,
    ...(words.formatted_body !== undefined && { formatted_body: `* ${words.formatted_body}` }),
    "m.mentions": added.length === 0 ? {} : { user_ids: added },
    ...marker,
    "m.new_content": { msgtype, ...words, ...marker, "m.mentions": mentions, ...toolsContent(tools) },
    "m.relates_to": { rel_type: "m.replace" },
  };
  requireFitting(JSON.stringify(content));
  return content;
}

interface Words {
  readonly body: string;
  readonly format?: string;
  readonly formatted_body?: string;
}

function wordsOf(source: MessageBody): Words {
  const body = storable("text" in source ? source.text : source.markdown);
  // Before it is rendered: Markdown of megabytes costs seconds.
  requireFitting(body);
  if ("text" in source) return { body };
  return { body, format: "org.matrix.custom.html", formatted_body: markdownToHtml(body) };
}

function requireFitting(text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > contentLimitBytes) throw messageTooLarge({ bytes, limit: contentLimitBytes });
}

/** Lone surrogates and NUL cannot be stored in PostgreSQL; they become the replacement character. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}

function mentionsOf(
  text: string,
  { sender, replyTo }: Pick<MessageToBuild, "sender" | "replyTo">,
): { user_ids?: string[] } {
  const named = new Set(mentionedUsers(text));
  if (replyTo?.sender != null) named.add(replyTo.sender);
  named.delete(sender);
  return named.size === 0 ? {} : { user_ids: [...named] };
}

function relationOf({ replyTo, thread }: MessageToBuild): Record<string, unknown> | undefined {
  if (thread !== null) {
    return {
      rel_type: "m.thread",
      event_id: thread.root,
      is_falling_back: replyTo === null,
      "m.in_reply_to": { event_id: replyTo?.eventId ?? thread.latest },
    };
  }
  return replyTo === null ? undefined : { "m.in_reply_to": { event_id: replyTo.eventId } };
}
