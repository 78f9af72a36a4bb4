import type { DbClient } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { type ExportedRelation, type RelationsOf, selectEditsOf, selectReactionsTo } from "./export-store.ts";
import type { MessageView } from "./message-view.ts";
import { listMembers, type MemberView } from "./read-members.ts";
import { listMessages, type Place } from "./read-messages.ts";
import { findChannelLink } from "./rooms-store.ts";

/** One line of an export: what it is of, and its facts with ids as the API has them. */
export type ExportLine = { readonly type: string } & Readonly<Record<string, unknown>>;

const pageSize = 500;

/**
 * All that the mirror has of a channel (uuid), a piece at a time: the channel, its members, its messages from the first on,
 * each page followed by the edits of and reactions to its messages, and a last line `end` that counts the others. An export
 * without that line was cut off. Relations whose message is not mirrored are left out. Nothing more than a page is in
 * memory; what happens meanwhile may be in it or not.
 */
export async function* exportChannel(db: DbClient, channelId: string): AsyncGenerator<ExportLine> {
  const counts = { members: 0, messages: 0, edits: 0, reactions: 0 };
  const channel = await findChannelLink(db, channelId);
  if (channel === undefined) return;
  const { slug, name, status, microdaoExternalId, encrypted, createdAt } = channel;
  yield {
    type: "channel",
    id: encodeId("c", channelId),
    slug,
    name,
    microdao: microdaoExternalId,
    status,
    encrypted,
    created_at: createdAt.toISOString(),
  };
  for await (const members of membersOf(db, channelId)) {
    for (const member of members) yield memberLine(member);
    counts.members += members.length;
  }
  for await (const messages of messagesOf(db, channelId)) {
    for (const message of messages) yield messageLine(message);
    counts.messages += messages.length;
    const targets = messages.flatMap(({ eventId }) => eventId ?? []);
    for await (const edits of relationsOf((page) => selectEditsOf(db, page), { channelId, targets })) {
      for (const { kind, preview, redacted, ...edit } of edits)
        yield { type: "edit", ...relation(edit), kind, preview, redacted };
      counts.edits += edits.length;
    }
    for await (const reactions of relationsOf((page) => selectReactionsTo(db, page), {
      channelId,
      targets,
    })) {
      for (const { key, ...reaction } of reactions) yield { type: "reaction", ...relation(reaction), key };
      counts.reactions += reactions.length;
    }
  }
  yield { type: "end", ...counts };
}

async function* membersOf(db: DbClient, channelId: string): AsyncGenerator<MemberView[]> {
  let after: string | null = null;
  do {
    const page: MemberView[] = await listMembers(db, { channelId, membership: null, after, limit: pageSize });
    yield page;
    after = page.length < pageSize ? null : (page.at(-1)?.id ?? null);
  } while (after !== null);
}

async function* messagesOf(db: DbClient, channelId: string): AsyncGenerator<MessageView[]> {
  let after: Place | null = null;
  do {
    const page: MessageView[] = await listMessages(db, { channelId, order: "asc", after, limit: pageSize });
    yield page;
    after = page.length < pageSize ? null : (page.at(-1) ?? null);
  } while (after !== null);
}

async function* relationsOf<R extends ExportedRelation>(
  select: (page: RelationsOf) => Promise<R[]>,
  { channelId, targets }: { channelId: string; targets: readonly string[] },
): AsyncGenerator<R[]> {
  let after: string | null = "";
  while (after !== null && targets.length > 0) {
    const page: R[] = await select({ channelId, targets, after, limit: pageSize });
    yield page;
    after = page.length < pageSize ? null : (page.at(-1)?.eventId ?? null);
  }
}

function memberLine(member: MemberView): ExportLine {
  return {
    type: "member",
    id: encodeId(member.isAgent ? "ag" : "u", member.memberId),
    matrix_id: member.matrixId,
    name: member.displayName,
    role: member.role,
    membership: member.membership,
    joined_at: timeOf(member.joinedUs),
    left_at: timeOf(member.leftUs),
  };
}

function messageLine(message: MessageView): ExportLine {
  return {
    type: "message",
    id: encodeId("m", message.id),
    event_id: message.eventId,
    sender_id: encodeId(message.senderIsAgent ? "ag" : "u", message.senderId),
    sender: message.senderMatrixId,
    kind: message.kind,
    preview: message.preview,
    metadata: message.metadata,
    poll: message.poll,
    reply_to: message.replyToEventId,
    thread_root: message.threadRootEventId,
    created_at: timeOf(message.createdUs),
    edited_at: timeOf(message.editedUs),
    redacted_at: timeOf(message.redactedUs),
  };
}

function relation({ eventId, target, ts, senderId, senderIsAgent, senderMatrixId }: ExportedRelation) {
  return {
    event_id: eventId,
    target_event_id: target,
    sender_id: encodeId(senderIsAgent ? "ag" : "u", senderId),
    sender: senderMatrixId,
    created_at: new Date(ts).toISOString(),
  };
}

function timeOf(microseconds: bigint | null): string | null {
  return microseconds === null ? null : new Date(Number(microseconds / 1000n)).toISOString();
}
