import type { ClaimedSend, SendOutcome } from "../../domain/messaging/index.ts";
import { isObject } from "../../kernel/json.ts";

/** How long it waits before it asks again for the event that it changes. */
const waitMs = 500;

/** Why an edit, reaction or redaction cannot be sent now: the event that it changes is not there yet, or never will be. */
export function targetObstacleOf(send: ClaimedSend): SendOutcome | undefined {
  const { targetEventId, targetState } = send;
  if (targetEventId !== null) return undefined;
  if (targetState === null || targetState === "failed" || targetState === "confirmed") {
    return { is: "failed", code: "target_not_delivered", reason: "what it changes was never delivered" };
  }
  const reason = "what it changes has not been delivered yet";
  return { is: "again", code: "waits_for_target", reason, delayMs: waitMs };
}

/** The content with the id of the event that it relates to, which was not known when it was written. */
export function contentOf({ kind, content, targetEventId }: ClaimedSend): ClaimedSend["content"] {
  const relation = content["m.relates_to"];
  if (kind === "message" || !isObject(relation)) return content;
  return { ...content, "m.relates_to": { ...relation, event_id: targetEventId } };
}

/** Whether it changes what is said in the old room, so that it means nothing in the new one. */
export function staysBehind({ kind, targetEventId, targetRoomId }: ClaimedSend, newRoomId: string): boolean {
  return kind !== "message" && targetEventId !== null && targetRoomId !== newRoomId;
}
