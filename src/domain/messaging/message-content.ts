import { type Cause, causeContent } from "./cause.ts";
import { markdownToHtml } from "./markdown-html.ts";
import { mentionedUsers } from "./mentions.ts";
import { messageTooLarge } from "./post-errors.ts";
import { sendMarkerKey } from "./send-marker.ts";

export type MessageType = "m.text" | "m.notice" | "m.emote";

/** What to say: plain text, or Markdown that is sent as HTML with its source as the fallback. */
export type MessageBody = { readonly text: string } | { readonly markdown: string };

export interface MessageToBuild {
  readonly body: MessageBody;
  readonly msgtype: MessageType;
  /** The Matrix id of whoever says it; never among those it mentions. */
  readonly sender: string;
  /** `m_…` of the `matrix.sends` row. */
  readonly sendId: string;
  readonly replyTo: { readonly eventId: string; readonly sender: string | null } | null;
  /** `latest` is the thread's last event, for clients that know no threads. */
  readonly thread: { readonly root: string; readonly latest: string } | null;
  /** The run that says it. */
  readonly cause?: Cause | undefined;
}

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
  };
  requireFitting(JSON.stringify(content));
  return content;
}

export interface EditToBuild extends Pick<MessageToBuild, "body" | "msgtype" | "sender"> {
  /** Whom the original mentions: they are not told again. */
  readonly mentioned: readonly string[];
}

/**
 * The content of an edit, without the id of the message that it replaces. Clients that know no edits see a new message
 * that begins with an asterisk. The new content mentions whom the message mentions now, the event only those who are
 * mentioned for the first time. Throws `message_too_large`: both texts have to fit.
 * https://spec.matrix.org/v1.19/client-server-api/#event-replacements
 */
export function buildEditContent({ body, msgtype, sender, mentioned }: EditToBuild): Record<string, unknown> {
  const words = wordsOf(body);
  const mentions = mentionsOf(words.body, { sender, replyTo: null });
  const added = mentions.user_ids?.filter((userId) => !mentioned.includes(userId)) ?? [];
  const content = {
    msgtype,
    ...words,
    body: `* ${words.body}`,
    ...(words.formatted_body !== undefined && { formatted_body: `* ${words.formatted_body}` }),
    "m.mentions": added.length === 0 ? {} : { user_ids: added },
    "m.new_content": { msgtype, ...words, "m.mentions": mentions },
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
