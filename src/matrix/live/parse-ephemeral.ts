import { at, integerAt, isObject, objectAt, stringAt } from "../../kernel/json.ts";
import { clampTime, identifierAt, isIdentifier } from "../ingest/event-shape.ts";
import { wellFormed } from "../ingest/well-formed.ts";

/** What one ephemeral event says. `key` is the same for what takes the place of an earlier one. */
export type EphemeralFact =
  | {
      readonly kind: "typing";
      readonly key: string;
      readonly roomId: string;
      readonly userIds: readonly string[];
    }
  | {
      readonly kind: "receipt";
      readonly key: string;
      readonly roomId: string;
      readonly userId: string;
      readonly eventId: string;
      /** Null for a receipt of no thread (the whole room), `main`, or the thread's root. */
      readonly threadId: string | null;
      /** Milliseconds since 1970. */
      readonly ts: number;
    }
  | {
      readonly kind: "presence";
      readonly key: string;
      readonly userId: string;
      readonly presence: "online" | "unavailable" | "offline";
      readonly statusMessage: string | null;
      readonly currentlyActive: boolean;
      readonly lastActiveAgoMs: number | null;
    };

/** One event of a hostile homeserver makes no more than this. */
const mostTyping = 100;
const mostReceipts = 1_000;
const longestStatus = 280;

/**
 * The facts of one ephemeral event as the homeserver pushes it; none of what is malformed or of another type. Private
 * receipts are not read at all: Synapse sends those of people, too, and they are nobody's business.
 * Source: application service API, "Pushing ephemeral data"; client-server API, m.typing, m.receipt, m.presence.
 */
export function parseEphemeral(raw: unknown): EphemeralFact[] {
  const content = objectAt(raw, "content");
  if (content === undefined) return [];
  const type = stringAt(raw, "type");
  if (type === "m.presence") return presenceOf(identifierAt(raw, "sender", "@"), content);
  const roomId = identifierAt(raw, "room_id", "!");
  if (roomId === null) return [];
  if (type === "m.typing") return typingOf(roomId, at(content, "user_ids"));
  return type === "m.receipt" ? receiptsOf(roomId, content) : [];
}

function typingOf(roomId: string, userIds: unknown): EphemeralFact[] {
  if (!Array.isArray(userIds)) return [];
  const users = new Set(userIds.filter((id): id is string => isIdentifier(id) && id.startsWith("@")));
  return [{ kind: "typing", key: `typing ${roomId}`, roomId, userIds: [...users].slice(0, mostTyping) }];
}

function receiptsOf(roomId: string, content: Readonly<Record<string, unknown>>): EphemeralFact[] {
  const receipts = Object.entries(content)
    .filter(([eventId]) => isIdentifier(eventId) && eventId.startsWith("$"))
    .flatMap(([eventId, types]) =>
      Object.entries(objectAt(types, "m.read") ?? {}).map(([userId, receipt]) => ({
        eventId,
        userId,
        receipt,
      })),
    );
  return receipts
    .slice(0, mostReceipts)
    .flatMap(({ eventId, userId, receipt }) => receiptOf({ roomId, eventId, userId }, receipt));
}

function receiptOf(
  said: { readonly roomId: string; readonly eventId: string; readonly userId: string },
  receipt: unknown,
): EphemeralFact[] {
  const { roomId, userId } = said;
  if (!isIdentifier(userId) || !userId.startsWith("@") || !isObject(receipt)) return [];
  const threadId = at(receipt, "thread_id") ?? null;
  if (threadId !== null && !isIdentifier(threadId)) return [];
  const key = `receipt ${roomId} ${userId} m.read ${threadId ?? ""}`;
  return [{ kind: "receipt", key, ...said, threadId, ts: clampTime(integerAt(receipt, "ts") ?? 0) }];
}

const presences = ["online", "unavailable", "offline"] as const;

function presenceOf(userId: string | null, content: Readonly<Record<string, unknown>>): EphemeralFact[] {
  const presence = presences.find((one) => one === content["presence"]);
  if (userId === null || presence === undefined) return [];
  const ago = integerAt(content, "last_active_ago");
  const status = stringAt(content, "status_msg");
  return [
    {
      kind: "presence",
      key: `presence ${userId}`,
      userId,
      presence,
      statusMessage: status === undefined ? null : wellFormed(status.slice(0, longestStatus)),
      currentlyActive: content["currently_active"] === true,
      lastActiveAgoMs: ago === undefined || ago < 0 ? null : ago,
    },
  ];
}
