import type { Tx } from "../../db/index.ts";
import { respondJob } from "../../domain/agents/index.ts";
import {
  type Fact,
  markRoomLeft,
  type MemberFact,
  type MessageFact,
  type Recorded,
} from "../../domain/messaging/index.ts";
import { runCommandJob } from "../commands/jobs.ts";
import { answerGhostInviteJob, linkRoomJob } from "../linking/jobs.ts";
import { isOurs, type Namespace } from "./namespace.ts";
import { selectAddressedAgents } from "./triggers-store.ts";

const maxCommand = 1_000;
const commandPattern = /^!dao(?:\s|$)/;

/**
 * Who reacts to what was just pushed. It runs in the transaction that stores the events, so a reaction is asked for
 * exactly once, and never for history: only new rows count, and only if they are fresh.
 */
export async function react(
  { namespace, triggerMaxAgeMs }: { namespace: Namespace; triggerMaxAgeMs: number },
  tx: Tx,
  facts: readonly Fact[],
  recorded: Recorded,
): Promise<void> {
  for (const fact of facts) if (fact.type === "member") answerInvite(namespace, tx, fact);
  for (const { userId, membership, roomId } of recorded.newMembers) {
    if (userId === namespace.botUserId && (membership === "leave" || membership === "ban"))
      await markRoomLeft(tx, roomId);
  }
  const oldest = tx.now.getTime() - triggerMaxAgeMs;
  const fresh = recorded.newMessages.filter((fact) => fact.ts >= oldest && isSpokenToUs(namespace, fact));
  for (const fact of fresh.filter(isCommand)) {
    tx.enqueue(runCommandJob, {
      roomId: fact.roomId,
      eventId: fact.eventId,
      sender: fact.sender,
      text: (fact.said?.text ?? "").slice(0, maxCommand),
    });
  }
  await askAgents(
    tx,
    fresh.filter((fact) => !isCommand(fact)),
  );
}

/** Notices never trigger anything, and neither does what the bridge's own users say. */
function isSpokenToUs(namespace: Namespace, { said, sender }: MessageFact): boolean {
  return said !== null && said.msgtype === "m.text" && !isOurs(namespace, sender);
}

function isCommand({ said }: MessageFact): boolean {
  return commandPattern.test(said?.text ?? "");
}

function answerInvite(
  namespace: Namespace,
  tx: Tx,
  { userId, membership, roomId, sender }: MemberFact,
): void {
  if (membership !== "invite") return;
  if (userId === namespace.botUserId) tx.enqueue(linkRoomJob, { roomId, inviter: sender });
  else if (namespace.isGhost(userId)) tx.enqueue(answerGhostInviteJob, { roomId, ghostId: userId });
}

async function askAgents(tx: Tx, messages: readonly MessageFact[]): Promise<void> {
  const candidates = messages.filter(
    ({ said, replyTo }) => replyTo !== null || (said?.mentions.length ?? 0) > 0,
  );
  if (candidates.length === 0) return;
  const byId = new Map(candidates.map((fact) => [fact.eventId, fact]));
  for (const { eventId, agentId, channelId } of await selectAddressedAgents(tx, candidates)) {
    const fact = byId.get(eventId);
    if (fact === undefined) continue;
    tx.enqueue(respondJob, {
      agentId,
      channelId,
      roomId: fact.roomId,
      triggerEventId: eventId,
      sender: fact.sender,
      question: fact.said?.text ?? "",
      threadRoot: fact.threadRoot,
    });
  }
}
