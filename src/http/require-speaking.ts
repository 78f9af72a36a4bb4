import type { Tx } from "../db/index.ts";
import { authorize, channelMissing, type Principal } from "../domain/governance/index.ts";
import { findChannelOfMessage } from "../domain/messaging/index.ts";
import { messageMissing } from "./errors.ts";

/** Lets a key change a message of a channel in which it may speak. One in a channel that it may not see is not there. */
export async function requireSpeaking(tx: Tx, principal: Principal, messageId: string | undefined) {
  const channelId = messageId && (await findChannelOfMessage(tx.db, messageId));
  try {
    const channel = await authorize(tx.db, principal, "chat.message.send", channelId);
    if (messageId === undefined) throw messageMissing({});
    return { ...channel, messageId };
  } catch (error) {
    throw channelMissing.is(error) ? messageMissing({}, { cause: error }) : error;
  }
}
