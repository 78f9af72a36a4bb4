import { type Database, type Tx, transact } from "../../db/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { objectAt, stringAt } from "../../kernel/json.ts";
import { postMessage } from "./post-message.ts";
import type { ClaimedSend } from "./send-claims-store.ts";
import { recordOutcome, type SendOutcome } from "./send-queue-store.ts";
import { selectNoticePlace } from "./sends-store.ts";

/**
 * Writes down that a message will never be sent. When it was to answer somebody, who may be waiting, the bot says so below
 * what it answers: once, and only where it may speak. In one transaction, so that neither is there without the other.
 */
export async function failSend(
  database: Database,
  send: ClaimedSend,
  outcome: Extract<SendOutcome, { is: "failed" }>,
  botUserId: string,
): Promise<void> {
  const isAnswer = send.kind === "message" && send.senderMatrixId !== botUserId;
  const relation = objectAt(send.content, "m.relates_to");
  const answered = isAnswer ? stringAt(relation?.["m.in_reply_to"], "event_id") : undefined;
  await transact(database, bridgeActor, async (tx) => {
    await recordOutcome(tx.db, send, tx.now, outcome);
    if (answered !== undefined) await say(tx, send.id, answered, botUserId);
  });
}

async function say(tx: Tx, sendId: string, eventId: string, botUserId: string): Promise<void> {
  const place = await selectNoticePlace(tx.db, sendId, botUserId);
  if (place === undefined) return;
  try {
    await postMessage(tx, {
      channelId: place.channelId,
      agentId: place.botId,
      body: { text: `⚠️ ${place.agentName} has an answer to this that could not be delivered.` },
      msgtype: "m.notice",
      replyTo: { eventId },
      idempotency: { scope: "failed-send", key: sendId },
    });
  } catch (error) {
    // Nothing may be said there, or what it answers is gone: then nobody is told, and the send still says why.
    if (!(error instanceof AppError) || error.kind === "bug") throw error;
  }
}
