import type { Tx } from "../../db/index.ts";
import { encodeId, uuidOfName } from "../../kernel/ids.ts";
import { recordProfiles } from "../tenancy/index.ts";
import { type Batch, roomOf, roomOfChannel, senderOf } from "./batch.ts";
import type { MemberFact } from "./facts.ts";
import {
  type ChangedMember,
  deriveMembers,
  insertMemberEvents,
  type TouchedMember,
} from "./members-store.ts";
import { actorOf } from "./senders.ts";

/** Writes down membership events and the profiles they carry; gives those that were new. */
export async function recordMembers(tx: Tx, facts: readonly MemberFact[]): Promise<readonly MemberFact[]> {
  const inserted = new Set(
    await insertMemberEvents(
      tx,
      facts.map((fact) => ({
        event_id: fact.eventId,
        room_id: fact.roomId,
        user_id: fact.userId,
        sender: fact.sender,
        ts: fact.ts,
        membership: fact.membership,
        display_name: fact.displayName,
        avatar_url: fact.avatarUrl,
        is_guest: fact.isGuest,
        redacted: fact.redacted,
      })),
    ),
  );
  const fresh = facts.filter(({ eventId }) => inserted.has(eventId));
  const profiles = fresh.filter(({ membership }) => membership === "join");
  await recordProfiles(
    tx,
    profiles.map(({ userId, displayName, avatarUrl, ts, eventId }) => ({
      matrixId: userId,
      displayName,
      avatarUrl,
      ts,
      eventId,
    })),
  );
  return fresh;
}

/** Derives the channel's members from the membership events, and tells who joined and who left. */
export async function settleMembers(
  tx: Tx,
  batch: Batch,
  touched: readonly { roomId: string; userId: string }[],
): Promise<void> {
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
  for (const change of await deriveMembers(tx, [...rows.values()])) tellMember(tx, batch, change);
}

function tellMember(tx: Tx, batch: Batch, change: ChangedMember): void {
  const joined = change.membership === "join";
  if (!joined && change.membershipBefore !== "join") return;
  const room = roomOfChannel(batch, change.channelId);
  const actor = actorOf({ matrixId: change.userId, id: change.memberId, isAgent: change.isAgent });
  tx.emit({
    topic: joined ? "member.joined" : "member.left",
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
