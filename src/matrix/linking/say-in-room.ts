import type { DbClient, Tx } from "../../db/index.ts";
import { findAgent } from "../../domain/governance/index.ts";
import { bridgeScope, countRecentSends, findSendByKey, postMessage } from "../../domain/messaging/index.ts";
import { bug } from "../../kernel/errors.ts";
import { bridgeAgentCode } from "../ghosts/index.ts";

export interface Saying {
  /** uuid */
  readonly channelId: string;
  readonly text: string;
  /** The same key is said once, for ever. */
  readonly key: string;
  /** The Matrix event that it answers: it is said in that event's thread. */
  readonly inThreadOf?: string;
  /** A file that the homeserver has; the text is its caption. */
  readonly attachment?: { readonly mxc: string; readonly filename: string };
}

/** Has the bot say something, as a notice, which no other bot answers. Gives the uuid of its `matrix.sends` row. */
export async function sayInRoom(tx: Tx, saying: Saying): Promise<string> {
  const { channelId, text, key, inThreadOf, attachment } = saying;
  const agent = await findAgent(tx.db, `agent:${bridgeAgentCode}`);
  if (agent === undefined) throw bug("the bridge's own agent is missing; the bridge makes it when it starts");
  const posted = await postMessage(tx, {
    channelId,
    agentId: agent.id,
    body: { text },
    msgtype: "m.notice",
    idempotency: { scope: bridgeScope, key },
    ...(inThreadOf !== undefined && { threadRoot: { eventId: inThreadOf } }),
    ...(attachment !== undefined && { attachment }),
  });
  return posted.sendId;
}

/** Whether this was said before; what the answer would be today may differ. */
export async function wasSaid(db: DbClient, key: string): Promise<boolean> {
  return (await findSendByKey(db, { scope: bridgeScope, key })) !== undefined;
}

/** How much the bot has said in a channel during the last minute. */
export function countAnswers(tx: Tx, channelId: string): Promise<number> {
  return countRecentSends(tx.db, {
    channelId,
    scope: bridgeScope,
    since: new Date(tx.now.getTime() - 60_000),
  });
}
