import type { ClaimedSend } from "../../domain/messaging/index.ts";
import { isObject, stringAt } from "../../kernel/json.ts";
import { homeserverRefused } from "../homeserver/index.ts";
import type { EgressDeps } from "./deps.ts";

/**
 * The message without its thread, when that is why the homeserver refused it: after an upgrade a thread may have begun in
 * the room before, and relations do not reach from room to room. Undefined when the thread is not to blame.
 */
export async function withoutForeignThread(
  { homeserver }: EgressDeps,
  send: ClaimedSend,
  error: unknown,
): Promise<ClaimedSend | undefined> {
  if (!homeserverRefused.is(error) || error.details.status !== 400) return undefined;
  const { "m.relates_to": relation, ...rest } = send.content;
  const eventId = stringAt(relation, "event_id");
  if (!isObject(relation) || relation["rel_type"] !== "m.thread" || eventId === undefined) return undefined;
  const root = await homeserver.event({ roomId: send.roomId, asUser: send.senderMatrixId, eventId });
  return root === undefined ? { ...send, content: rest } : undefined;
}
