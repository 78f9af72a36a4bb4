import type { Tx } from "../../db/index.ts";
import type { Actor } from "../../kernel/actor.ts";
import { bug } from "../../kernel/errors.ts";
import type { Topic } from "../../kernel/events.ts";
import { encodeId, newId } from "../../kernel/ids.ts";
import { audit } from "../governance/index.ts";
import {
  assigneeMissing,
  followupMessageMissing,
  followupMissing,
  longestNote,
  noteNotKept,
  noteTooLong,
} from "./followup-errors.ts";
import {
  type Assignee,
  deleteFollowups,
  type Followup,
  type FollowupStatus,
  handPinsOn,
  insertFollowup,
  lockFollowup,
  selectAssignee,
  selectFollowupOfMessage,
  selectFollowupTarget,
  selectStandingPin,
  updateFollowup,
} from "./followups-store.ts";
import { lockLinkedRoom } from "./rooms-store.ts";

/*
 * A follow-up is `open`, then `resolved`, and may be opened again. A message has one at most: whoever makes it a second
 * time gets the first. Taking back the reaction that made it removes it as long as nobody has changed it.
 */

export interface NewFollowup {
  /** uuid of a mirrored message. */
  readonly messageId: string;
  /** What is to be done; at most 500 characters. */
  readonly note?: string | undefined;
  /** Who is to see to it: uuid or Matrix id of somebody in the channel. */
  readonly assignee?: string | undefined;
  /** The reaction that asks for it. */
  readonly reactionEventId?: string | undefined;
}

/**
 * Makes a follow-up of a message, for `tx.actor`; `created` is false when it has one already, which stays as it is. Whether
 * the actor may is for the caller to ask (`followup.manage`). Audited; tells `followup.created`.
 * Throws `message_not_found`, `assignee_not_found`, `note_too_long`, `note_not_kept`.
 */
export async function createFollowup(
  tx: Tx,
  { messageId, note = "", assignee, reactionEventId }: NewFollowup,
): Promise<{ readonly followup: Followup; readonly created: boolean }> {
  const target = await selectFollowupTarget(tx.db, messageId);
  if (target === undefined) throw followupMessageMissing({});
  const { channelId, keepsWords } = target;
  requireNote(note, keepsWords);
  const id = newId("f", tx.now);
  const created = await insertFollowup(tx, {
    id,
    messageId,
    channelId,
    note,
    assignee: assignee === undefined ? null : await requireAssignee(tx, channelId, assignee),
    reactionEventId: reactionEventId ?? null,
    by: tx.actor,
  });
  const followup = await selectFollowupOfMessage(tx.db, messageId);
  if (followup === undefined) throw bug("what was just made a follow-up is none");
  if (created) await tell(tx, "followup.created", followup);
  return { followup, created };
}

export interface FollowupChange {
  /** `f_…` */
  readonly id: string;
  readonly status?: FollowupStatus | undefined;
  readonly note?: string | undefined;
  /** As of `NewFollowup`; null: nobody in particular. */
  readonly assignee?: string | null | undefined;
}

/**
 * Resolves a follow-up, opens it again, changes its note or who is to see to it, for `tx.actor`. What is so already is
 * neither written nor told. Audited; tells `followup.updated`. Throws `followup_not_found` and what making one throws.
 */
export async function changeFollowup(tx: Tx, change: FollowupChange): Promise<Followup> {
  const before = await lockFollowup(tx, change.id);
  if (before === undefined) throw followupMissing({});
  const wanted = await standingAfter(tx, before, change);
  if (isSame(before, wanted)) return before;
  await updateFollowup(tx, before.id, wanted);
  const after = await selectFollowupOfMessage(tx.db, before.messageId);
  if (after === undefined) throw bug("what was just changed is gone");
  await tell(tx, "followup.updated", after);
  return after;
}

/**
 * Somebody marked a message with 📌: it becomes a follow-up, unless the mark was taken back meanwhile. `reactor` is who.
 * The room is locked, so whoever takes the mark back comes before this, and is seen, or after it, and finds the follow-up.
 */
export async function pinMessage(
  tx: Tx,
  { roomId, reactionEventId, reactor }: { roomId: string; reactionEventId: string; reactor: Actor },
): Promise<Followup | undefined> {
  const room = await lockLinkedRoom(tx, roomId);
  if (room?.channelId == null || !room.mirrored) return undefined;
  const pin = await selectStandingPin(tx.db, { channelId: room.channelId, reactionEventId });
  if (pin === undefined) return undefined;
  const { followup } = await createFollowup(
    { ...tx, actor: reactor },
    { messageId: pin.messageId, reactionEventId },
  );
  return followup;
}

/** The reactions that made these follow-ups (`f_…`) were taken back, in this transaction. */
export async function unpinMessages(tx: Tx, followupIds: readonly string[]): Promise<void> {
  const gone = await handPinsOn(tx, followupIds);
  for (const followup of gone) await tell(tx, "followup.removed", followup);
  await deleteFollowups(
    tx,
    gone.map(({ id }) => id),
  );
}

function requireNote(note: string, keepsWords: boolean): void {
  if (note.length > longestNote) throw noteTooLong({ field: "note" });
  if (note !== "" && !keepsWords) throw noteNotKept({ field: "note" });
}

async function requireAssignee(tx: Tx, channelId: string, who: string): Promise<Assignee> {
  const assignee = await selectAssignee(tx.db, channelId, who);
  if (assignee === undefined) throw assigneeMissing({ field: "assignee" });
  return assignee;
}

type Standing = Parameters<typeof updateFollowup>[2];

async function standingAfter(tx: Tx, before: Followup, change: FollowupChange): Promise<Standing> {
  const { note = before.note, status = before.status } = change;
  if (note !== before.note) {
    const target = await selectFollowupTarget(tx.db, before.messageId);
    requireNote(note, target?.keepsWords ?? false);
  }
  const assignee = await assigneeAfter(tx, before, change.assignee);
  return { note, assignee, ...resolutionAfter(tx, before, status) };
}

function isSame(before: Followup, wanted: Standing): boolean {
  const { note, assignee, resolvedUs } = wanted;
  return (
    note === before.note &&
    assignee?.id === before.assignee?.id &&
    (resolvedUs === null) === (before.resolvedUs === null)
  );
}

async function assigneeAfter(
  tx: Tx,
  { channelId, assignee }: Followup,
  wanted: string | null | undefined,
): Promise<Assignee | null> {
  if (wanted === undefined) return assignee;
  return wanted === null ? null : requireAssignee(tx, channelId, wanted);
}

function resolutionAfter(tx: Tx, before: Followup, status: FollowupStatus) {
  if (status === "open") return { resolvedBy: null, resolvedUs: null };
  if (before.status === "resolved") return before;
  return { resolvedBy: tx.actor, resolvedUs: BigInt(tx.now.getTime()) * 1000n };
}

async function tell(tx: Tx, topic: Extract<Topic, `followup.${string}`>, followup: Followup): Promise<void> {
  const { id, channelId, messageId, eventId, status, assignee, microdaoId, teamId } = followup;
  const payload = {
    followup_id: id,
    channel_id: encodeId("c", channelId),
    message_id: encodeId("m", messageId),
    matrix_event_id: eventId,
    status,
    assignee_id: assignee && encodeId(assignee.kind === "user" ? "u" : "ag", assignee.id),
  };
  tx.emit({
    topic,
    key: topic === "followup.updated" ? `${id}:${followup.updatedUs}:${status}` : id,
    about: id,
    at: tx.now,
    actor: tx.actor,
    payload,
    microdaoId: encodeId("md", microdaoId),
    teamId,
  });
  await audit(tx, {
    action: topic,
    resourceKind: "followup",
    resourceId: id,
    microdaoId,
    teamId,
    data: payload,
  });
}
