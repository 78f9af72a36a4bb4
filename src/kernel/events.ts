import type { Actor } from "./actor.ts";
import { encodeId, uuidOf } from "./ids.ts";

/** What other programs may subscribe to. The list is closed: a new topic is a new line here and in `docs/events.md`. */
export type Topic =
  | "chat.message.created"
  | "chat.message.updated"
  | "chat.message.deleted"
  | "chat.reaction.added"
  | "chat.poll.voted"
  | "channel.created"
  | "channel.updated"
  | "member.joined"
  | "member.left"
  | "member.knocked"
  | "followup.created"
  | "followup.updated"
  | "followup.removed"
  | "project.created"
  | "task.created"
  | "task.updated"
  | "agent.run.started"
  | "agent.run.completed"
  | "agent.run.failed"
  | "agent.run.cancelled"
  | "staking.locked"
  | "payout.generated"
  | "rwa.inventory.updated"
  | "oracle.reading.published"
  | "access_key.created"
  | "access_key.revoked"
  | "access_key.used"
  | "audit.event";

/** Something that happened, told to others. `key` names the happening: the same key is the same event, told once. */
export interface DomainEvent {
  readonly topic: Topic;
  readonly key: string;
  /** What it is about, to find it again (`outbox_events.event_key`); the key when absent. */
  readonly about?: string;
  /** When it happened. */
  readonly at: Date;
  readonly actor: Actor;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly microdaoId?: string | null;
  readonly teamId?: string | null;
}

/** What subscribers receive. */
export interface Envelope {
  readonly event_id: string;
  readonly ts: string;
  readonly domain: string;
  readonly type: Topic;
  readonly version: 1;
  readonly actor: Actor;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly meta: { microdao_id: string | null; team_id: string | null; trace_id: string };
}

/**
 * What `outbox_events.payload` holds of an envelope: what neither the other columns say, nor the row of a message, an edit
 * or a reaction that it tells of. The view `outbox_envelopes` puts it together.
 */
export interface StoredEnvelope {
  readonly ts?: string;
  readonly actor?: Actor;
  readonly payload: Envelope["payload"];
  readonly meta: { microdao_id: string | null; team_id: string | null; trace_id?: string };
}

/** The id of an event follows from its topic, time and key, so writing it twice meets the primary key. */
export function eventId(event: Pick<DomainEvent, "topic" | "key" | "at">): string {
  return encodeId("evt", uuidOf(event.at.getTime(), `${event.topic}\n${event.key}`));
}

export function storedEnvelopeOf(event: DomainEvent): StoredEnvelope {
  const { about = event.key, key } = event;
  return {
    ts: event.at.toISOString(),
    actor: event.actor,
    payload: event.payload,
    meta: {
      microdao_id: event.microdaoId ?? null,
      team_id: event.teamId ?? null,
      ...(about !== key && { trace_id: key }),
    },
  };
}
