import { type Database, type Tx, transact } from "../../db/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { AppError } from "../../kernel/errors.ts";
import { objectAt, stringAt } from "../../kernel/json.ts";
import { postMessage } from "./post-message.ts";
import type { MessageRef } from "./prepare-sends.ts";
import type { ClaimedSend } from "./send-claims-store.ts";
import { recordOutcome, type SendOutcome } from "./send-queue-store.ts";
import { type NoticePlace, selectNoticePlace, selectUnfinished } from "./sends-store.ts";

/**
 * Writes down that a message will never be sent. Who may be waiting is told by the bot: below what the message answers, or
 * below the part of it that is in the room, when the end of one that grew or was sent in parts is what failed. Once, and only
 * where the bot may speak. In one transaction, so that neither is there without the other.
 */
export async function failSend(
  database: Database,
  send: ClaimedSend,
  outcome: Extract<SendOutcome, { is: "failed" }>,
  botUserId: string,
): Promise<void> {
  await transact(database, bridgeActor, async (tx) => {
    await recordOutcome(tx.db, send, tx.now, outcome);
    const loss = send.senderMatrixId === botUserId ? undefined : await lossOf(tx, send);
    const place = loss && (await selectNoticePlace(tx.db, send.id, botUserId));
    if (loss !== undefined && place !== undefined) await say(tx, loss, place);
  });
}

interface Loss {
  readonly below: MessageRef;
  /** What follows the name of the agent. */
  readonly what: string;
  /** Told once for the same. */
  readonly key: string;
}

async function lossOf(tx: Tx, { id, kind, content }: ClaimedSend): Promise<Loss | undefined> {
  const answered = stringAt(objectAt(content, "m.relates_to")?.["m.in_reply_to"], "event_id");
  if (kind === "message" && answered !== undefined) {
    const what = "has an answer to this that could not be delivered.";
    return { below: { eventId: answered }, what, key: id };
  }
  const messageId = kind === "message" || kind === "edit" ? await selectUnfinished(tx.db, id) : null;
  if (messageId === null) return undefined;
  return {
    below: { id: messageId },
    what: "has said more than this, but the end could not be delivered.",
    key: messageId,
  };
}

async function say(tx: Tx, { below, what, key }: Loss, place: NoticePlace): Promise<void> {
  const notice = {
    channelId: place.channelId,
    agentId: place.botId,
    body: { text: `⚠️ ${place.agentName} ${what}` },
    msgtype: "m.notice",
    idempotency: { scope: "failed-send", key },
  } as const;
  try {
    await postMessage(tx, { ...notice, replyTo: below });
  } catch (error) {
    // Nothing may be said there, or what it is about is gone: then nobody is told, and the send still says why.
    if (!(error instanceof AppError) || error.kind === "bug") throw error;
  }
}
