import type { Tx } from "../../db/index.ts";
import type { MessageFact, ReactionPayload, RecordedRoom } from "../messaging/index.ts";
import { queueRuns } from "./queue-runs.ts";
import type { RunPolicy } from "./run-policy.ts";
import { commandWord, triggerOf } from "./run-triggers.ts";
import { type MessageToMatch, selectAddresses, selectReacting } from "./triggers-store.ts";

/** A fresh message, and what of it is known without a look into the database. */
export interface HeardMessage {
  readonly fact: MessageFact;
  readonly room: RecordedRoom;
  /** Whether one of the agents' own users wrote it: then its cause is believed, and only a mention asks anybody. */
  readonly ours: boolean;
  /** Whether it mentions somebody who may be an agent. */
  readonly mentionsAgents: boolean;
  /** Whether it replies to what may be an agent's. */
  readonly answersAgent: boolean;
}

/**
 * Asks the agents that are meant by fresh messages: one run for each message and agent. Looks into the database only
 * when a message names an agent in some way, or was said where agents listen.
 */
export async function askAgents(tx: Tx, messages: readonly HeardMessage[], policy: RunPolicy): Promise<void> {
  const toMatch = messages.flatMap((heard) => messageToMatch(heard) ?? []);
  if (toMatch.length === 0) return;
  const byId = new Map(messages.map((heard) => [heard.fact.eventId, heard]));
  const addresses = await selectAddresses(tx, toMatch);
  const runs = addresses.flatMap((address) => {
    const heard = byId.get(address.eventId);
    if (heard === undefined) return [];
    const { fact, room, ours } = heard;
    const kind = triggerOf({ ...address, text: fact.said?.text ?? "", askerIsAgent: ours }, address);
    if (kind === undefined) return [];
    const { eventId, sender: asker, threadRoot, cause } = fact;
    const trigger = { kind, key: eventId, eventId, asker };
    const caused = ours && cause != null ? { cause } : {};
    return [{ agentId: address.agentId, channelId: room.channelId, trigger, threadRoot, ...caused }];
  });
  await queueRuns(tx, runs, policy);
}

function messageToMatch(heard: HeardMessage): MessageToMatch | undefined {
  const { fact, room, ours, mentionsAgents, answersAgent } = heard;
  const { said, eventId, replyTo, sender } = fact;
  // What agents say asks others by mention only.
  const command = (ours ? undefined : commandWord(said?.text ?? "")) ?? null;
  const listenedTo = room.listenedTo && !ours;
  const mayConcern = [mentionsAgents, answersAgent && !ours, command !== null, listenedTo];
  if (!mayConcern.includes(true)) return undefined;
  const mentions = said?.mentions ?? [];
  return { eventId, channelId: room.channelId, replyTo, mentions, command, sender, listenedTo };
}

/** Asks the agents that react to a reaction in its channel about the message that it is on; false when there is none. */
export async function askByReaction(tx: Tx, reaction: ReactionPayload, policy: RunPolicy): Promise<boolean> {
  const { channelId, reactionEventId: key, targetEventId: eventId, sender: asker } = reaction;
  const agents = await selectReacting(tx, reaction);
  const trigger = { kind: "reaction", key, eventId, asker } as const;
  await queueRuns(
    tx,
    agents.map(({ agentId, threadRoot }) => ({ agentId, channelId, trigger, threadRoot })),
    policy,
  );
  return agents.length > 0;
}
