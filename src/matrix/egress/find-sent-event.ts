import { type ClaimedSend, sendMarkerKey } from "../../domain/messaging/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { isObject, type JsonObject } from "../../kernel/json.ts";
import { type Homeserver, isRefusal, type MessagesPage } from "../homeserver/index.ts";

const pageSize = 50;
const mostPages = 20;
/** The homeserver's clock may differ from ours by so much. */
const clockSkewMs = 600_000;
/** After this a homeserver may have forgotten a transaction id (Synapse keeps them for 30 minutes). */
const forgottenAfterMs = 20 * 60_000;

/**
 * Whether an earlier try may have reached the room without our knowing, so that the same transaction id is no longer
 * enough: it had no usable answer, or the process died during it, or it was long ago. A homeserver that restarted has
 * forgotten every transaction id and would take the same one for a new message.
 */
export function mayHaveBeenSent(send: ClaimedSend, now: Date): boolean {
  if (send.attempts <= 1) return false;
  // The row tells how the last try ended. One before it may have lost its answer and a refusal, of the look for it even,
  // have come since.
  if (send.attempts > 2) return true;
  const { previousErrorCode, firstAttemptAt } = send;
  if (previousErrorCode === null || previousErrorCode === "homeserver_away") return true;
  return now.getTime() - firstAttemptAt.getTime() > forgottenAfterMs;
}

/** How long a homeserver remembers the transaction ids of a device at least: Synapse forgets them after a day. */
const rememberedMs = 20 * 3_600_000;

/**
 * Whether the homeserver itself knows what earlier tries have done, also when it was started anew since: all of them were
 * made from the device that the sender still has, and not long ago. Around the time when the device was made, nobody can
 * be sure, as clocks differ.
 */
export function isRemembered({ deviceSince, firstAttemptAt }: ClaimedSend, now: Date): boolean {
  if (deviceSince === null) return false;
  const first = firstAttemptAt.getTime();
  return first - deviceSince.getTime() > clockSkewMs && now.getTime() - first < rememberedMs;
}

/**
 * Looks for the event of an earlier try, in what the sender has said in the room since then. It is known by our marker,
 * or by the transaction id that the homeserver shows to the sender.
 */
export async function findSentEvent(
  homeserver: Pick<Homeserver, "messages">,
  send: ClaimedSend,
): Promise<string | undefined> {
  const oldest = send.firstAttemptAt.getTime() - clockSkewMs;
  let from: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const read = await readPage(homeserver, send, from);
    if (read === undefined) return undefined;
    const found = read.chunk.find((event) => isEventOf(event, send));
    if (typeof found?.["event_id"] === "string") return found["event_id"];
    const last = read.chunk.at(-1)?.["origin_server_ts"];
    if (read.end === undefined || (typeof last === "number" && last < oldest)) return undefined;
    from = read.end;
  }
  return undefined;
}

/** Undefined when the sender may not read the room: then it cannot have spoken there either. */
async function readPage(
  homeserver: Pick<Homeserver, "messages">,
  { roomId, senderMatrixId, deviceId }: ClaimedSend,
  from: string | undefined,
): Promise<MessagesPage | undefined> {
  try {
    return await homeserver.messages({
      roomId,
      asUser: senderMatrixId,
      deviceId,
      dir: "b",
      from,
      limit: pageSize,
      filter: { senders: [senderMatrixId] },
    });
  } catch (error) {
    if (isRefusal(error, "M_FORBIDDEN")) return undefined;
    throw error;
  }
}

function isEventOf(event: JsonObject, send: ClaimedSend): boolean {
  if (event["sender"] !== send.senderMatrixId) return false;
  const { content, unsigned } = event;
  if (isObject(content) && content[sendMarkerKey] === encodeId("m", send.id)) return true;
  return isObject(unsigned) && unsigned["transaction_id"] === send.txnId;
}
