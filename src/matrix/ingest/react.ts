import type { Tx } from "../../db/index.ts";
import { askAgents, defaultPolicy, type HeardMessage, type RunPolicy } from "../../domain/agents/index.ts";
import {
  type Fact,
  findSpacesAmong,
  givePowersJob,
  type MemberFact,
  type Membership,
  type MessageFact,
  markDetached,
  markRoomLeft,
  type ReactionFact,
  type Recorded,
  type RecordedRoom,
  syncSpaceJob,
} from "../../domain/messaging/index.ts";
import { runCommandJob } from "../commands/jobs.ts";
import { parseCommand } from "../commands/parse-command.ts";
import { answerGhostInviteJob, linkRoomJob } from "../linking/jobs.ts";
import { dispatchReactions, mayMeanSomething } from "./dispatch-reactions.ts";
import { isOurs, type Namespace } from "./namespace.ts";
import { findMembership } from "./triggers-store.ts";
import { insertUnheard, takeUnheard } from "./unheard-store.ts";

interface Hearing {
  readonly namespace: Namespace;
  readonly triggerMaxAgeMs: number;
  readonly runPolicy?: RunPolicy | undefined;
}

/**
 * Who reacts to what was just pushed. It runs in the transaction that stores the events, so a reaction is asked for
 * exactly once, and never for history: only new rows count, and only if they are fresh.
 */
export async function react(
  hearing: Hearing,
  tx: Tx,
  facts: readonly Fact[],
  recorded: Recorded,
): Promise<void> {
  const { namespace } = hearing;
  for (const fact of facts) if (fact.type === "member") answerInvite(namespace, tx, fact);
  await noticeSpaces(tx, recorded.ignored);
  await noticeRemoval(namespace, tx, recorded.newMembers);
  await noticeDetached(namespace, tx, recorded.newMembers);
  const unheard = await newlyHeard(tx, facts, recorded);
  const questions: MessageFact[] = [];
  const messages = [...recorded.newMessages, ...unheard.filter((fact) => fact.type === "message")];
  for (const fact of freshTalk(hearing, tx, messages)) {
    const command = parseCommand(fact.said?.text ?? "");
    const { roomId, eventId, sender } = fact;
    if (command === undefined) questions.push(fact);
    else tx.enqueue(runCommandJob, { roomId, eventId, sender, command });
  }
  const reactions = [...recorded.newReactions, ...unheard.filter((fact) => fact.type === "reaction")];
  await dispatchReactions(tx, freshReactions(hearing, tx, reactions), recorded.rooms);
  await askAgents(
    tx,
    [...questions, ...freshWordsOfAgents(hearing, tx, messages)].flatMap((fact) => {
      const room = recorded.rooms.get(fact.roomId);
      return room === undefined ? [] : [heardMessage(namespace, fact, room, recorded)];
    }),
    hearing.runPolicy ?? defaultPolicy,
  );
}

function heardMessage(
  namespace: Namespace,
  fact: MessageFact,
  room: RecordedRoom,
  { answersToAgents, newMessages }: Recorded,
): HeardMessage {
  const { eventId, sender, replyTo, said } = fact;
  return {
    fact,
    room,
    ours: isOurs(namespace, sender),
    mentionsAgents: said?.mentions.some((id) => id !== sender && namespace.isGhost(id)) === true,
    // Whom a message replies to that was known before is not known here.
    answersAgent: answersToAgents.has(eventId) || (replyTo !== null && !newMessages.includes(fact)),
  };
}

/** What agents said just now: another agent may be asked by it, if it allows that. */
function freshWordsOfAgents(
  { namespace, triggerMaxAgeMs }: Hearing,
  { now }: Pick<Tx, "now">,
  messages: readonly MessageFact[],
): MessageFact[] {
  const oldest = now.getTime() - triggerMaxAgeMs;
  return messages.filter(
    ({ ts, said, sender }) => ts >= oldest && said?.msgtype === "m.text" && namespace.isGhost(sender),
  );
}

/**
 * Nobody reacts to what is read back, fresh or not: it may have been lost by the homeserver an hour ago. But what is
 * fresh may also be on its way to us, and whoever reads faster than the homeserver pushes must not silence it.
 */
export async function noteUnheard(
  hearing: Hearing,
  tx: Tx,
  { newMessages, newReactions, rooms }: Recorded,
): Promise<void> {
  const reactions = newReactions.filter((fact) => mayMeanSomething(fact, rooms));
  const fresh = [...freshTalk(hearing, tx, newMessages), ...freshReactions(hearing, tx, reactions)];
  await insertUnheard(
    tx,
    fresh.map(({ eventId }) => eventId),
  );
}

/** What was said to us, and not too long ago. */
function freshTalk(
  { namespace, triggerMaxAgeMs }: Hearing,
  { now }: Pick<Tx, "now">,
  messages: readonly MessageFact[],
): MessageFact[] {
  const oldest = now.getTime() - triggerMaxAgeMs;
  return messages.filter((fact) => fact.ts >= oldest && isSpokenToUs(namespace, fact));
}

type Heard = MessageFact | ReactionFact;

/** Known messages and reactions that are pushed for the first time. */
async function newlyHeard(tx: Tx, facts: readonly Fact[], recorded: Recorded): Promise<Heard[]> {
  if (recorded.duplicates === 0) return [];
  const heard = facts.filter((fact): fact is Heard => fact.type === "message" || fact.type === "reaction");
  const unheard = await takeUnheard(
    tx,
    heard.map(({ eventId }) => eventId),
  );
  const fresh = new Set([...recorded.newMessages, ...recorded.newReactions].map(({ eventId }) => eventId));
  return heard.filter(({ eventId }) => unheard.has(eventId) && !fresh.has(eventId));
}

/** Reactions of people, not too long ago. */
function freshReactions(
  { namespace, triggerMaxAgeMs }: Hearing,
  { now }: Pick<Tx, "now">,
  reactions: readonly ReactionFact[],
): ReactionFact[] {
  const oldest = now.getTime() - triggerMaxAgeMs;
  return reactions.filter(({ ts, sender }) => ts >= oldest && !isOurs(namespace, sender));
}

/** Notices never trigger anything, and neither does what the bridge's own users say. */
function isSpokenToUs(namespace: Namespace, { said, sender }: MessageFact): boolean {
  return said !== null && said.msgtype === "m.text" && !isOurs(namespace, sender);
}

/** An invitation is answered once, however often the homeserver tells of it. */
function answerInvite(
  namespace: Namespace,
  tx: Tx,
  { userId, membership, roomId, sender, eventId, shown }: MemberFact,
): void {
  if (membership !== "invite") return;
  if (userId === namespace.botUserId) {
    tx.enqueue(linkRoomJob, { roomId, inviter: sender, inviteEventId: eventId, ...(shown && { shown }) });
  } else if (namespace.isGhost(userId)) {
    tx.enqueue(answerGhostInviteJob, { roomId, ghostId: userId, inviteEventId: eventId });
  }
}

/** Rooms that one of our users has entered or left: whether any of them is in there now. */
async function noticeDetached(namespace: Namespace, tx: Tx, news: readonly MemberFact[]): Promise<void> {
  const rooms = news.flatMap(({ userId, roomId }) => (isOurs(namespace, userId) ? [roomId] : []));
  if (rooms.length > 0) await markDetached(tx, [...new Set(rooms)]);
}

/** People come to a space in bursts, and reading a space reads all of its members. */
const burstMs = 3_000;

/**
 * Spaces are not mirrored; what is in them, and who, is read anew when it changes. A change of rooms is read at once. Who
 * came and went within some seconds is read together, when these have passed: the homeserver knows of all of it then.
 */
async function noticeSpaces(tx: Tx, facts: readonly Fact[]): Promise<void> {
  const rearranged = roomsWith(facts, "m.space.child");
  const empowered = roomsWith(facts, "m.room.power_levels");
  const visited = new Set(facts.flatMap(({ type, roomId }) => (type === "member" ? [roomId] : [])));
  const changed = new Set([...rearranged, ...empowered, ...visited]);
  if (changed.size === 0) return;
  const burst = Math.floor(tx.now.getTime() / burstMs);
  for (const spaceId of await findSpacesAmong(tx, [...changed])) {
    // What the bot lacked there it may have now.
    if (empowered.has(spaceId)) tx.enqueue(givePowersJob, { roomId: spaceId });
    if (rearranged.has(spaceId)) tx.enqueue(syncSpaceJob, { spaceId });
    else if (visited.has(spaceId)) {
      const startAfter = new Date((burst + 1) * burstMs);
      tx.enqueue(syncSpaceJob, { spaceId, once: `members ${burst}` }, { startAfter });
    }
  }
}

function roomsWith(facts: readonly Fact[], stateType: string): Set<string> {
  return new Set(
    facts.flatMap((fact) => (fact.type === "state" && fact.stateType === stateType ? [fact.roomId] : [])),
  );
}

/** A leave that comes late says nothing about a bot that has come back since: the latest membership counts. */
async function noticeRemoval(namespace: Namespace, tx: Tx, news: readonly MemberFact[]): Promise<void> {
  const left = news.filter(({ userId, membership }) => userId === namespace.botUserId && isOut(membership));
  for (const roomId of new Set(left.map((fact) => fact.roomId))) {
    const latest = await findMembership(tx.db, roomId, namespace.botUserId);
    if (latest !== undefined && isOut(latest)) await markRoomLeft(tx, roomId);
  }
}

function isOut(membership: Membership): boolean {
  return membership === "leave" || membership === "ban";
}
