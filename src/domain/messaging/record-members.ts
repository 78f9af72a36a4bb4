import type { StatementPart, Tx } from "../../db/index.ts";
import type { Topic } from "../../kernel/events.ts";
import { encodeId, uuidOfName } from "../../kernel/ids.ts";
import type { Profile } from "../tenancy/index.ts";
import { type Batch, roomOf, roomOfChannel, senderOf } from "./batch.ts";
import type { MemberFact } from "./facts.ts";
import { isErased } from "./kept-words.ts";
import {
  type ChangedMember,
  type InsertedEvents,
  memberEventsPart,
  membersPart,
  type TouchedMember,
} from "./members-store.ts";
import { actorOf } from "./senders.ts";

/** Prepares the writing of membership events. */
export function membersToRecord(batch: Batch, facts: readonly MemberFact[]): StatementPart<InsertedEvents> {
  return memberEventsPart(
    facts.map((fact) => ({
      event_id: fact.eventId,
      room_id: fact.roomId,
      user_id: fact.userId,
      sender: fact.sender,
      ts: fact.ts,
      membership: fact.membership,
      display_name: isErased(senderOf(batch, fact.userId), fact.ts) ? null : fact.displayName,
      avatar_url: isErased(senderOf(batch, fact.userId), fact.ts) ? null : fact.avatarUrl,
      is_guest: fact.isGuest,
      redacted: fact.redacted,
    })),
  );
}

/** The profiles that join events carry; those of redacted events and of erased people are empty. */
export function profilesToRecord(
  batch: Batch,
  facts: readonly MemberFact[],
  redacted: ReadonlySet<string>,
): Profile[] {
  const isGone = ({ userId, ts, eventId }: MemberFact) =>
    redacted.has(eventId) || isErased(senderOf(batch, userId), ts);
  return facts
    .filter(({ membership }) => membership === "join")
    .map((fact) => ({
      matrixId: fact.userId,
      displayName: isGone(fact) ? null : fact.displayName,
      avatarUrl: isGone(fact) ? null : fact.avatarUrl,
      ts: fact.ts,
      eventId: fact.eventId,
    }));
}

/** Prepares the derivation of the channel's members from the membership events. */
export function membersToDerive(
  batch: Batch,
  touched: readonly { roomId: string; userId: string }[],
): StatementPart<ChangedMember[]> {
  const rows = new Map<string, TouchedMember>();
  for (const { roomId, userId } of touched) {
    const { channelId } = roomOf(batch, { roomId });
    const member = senderOf(batch, userId);
    rows.set(`${roomId}\n${userId}`, {
      room_id: roomId,
      channel_id: channelId,
      user_id: userId,
      member_id: member.id,
      is_agent: member.isAgent,
      row_id: uuidOfName(`${channelId}\n${member.id}`),
    });
  }
  return membersPart([...rows.values()]);
}

/** Tells who joined and who left. */
export function tellMember(tx: Tx, batch: Batch, change: ChangedMember): void {
  const topic = topicOf(change);
  if (topic === undefined) return;
  const room = roomOfChannel(batch, change.channelId);
  const actor = actorOf({ id: change.memberId, isAgent: change.isAgent });
  tx.emit({
    topic,
    key: change.eventId,
    at: new Date(change.ts),
    actor,
    microdaoId: encodeId("md", room.microdaoId),
    teamId: room.teamId,
    payload: {
      channel_id: encodeId("c", change.channelId),
      member_id: actor.id,
      matrix_id: change.userId,
      role: change.role,
      membership: change.membership,
    },
  });
}

function topicOf({ membership, membershipBefore }: ChangedMember): Topic | undefined {
  if (membership === "join") return "member.joined";
  if (membershipBefore === "join") return "member.left";
  return membership === "knock" ? "member.knocked" : undefined;
}
