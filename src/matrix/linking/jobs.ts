import type { RoomShown } from "../../domain/messaging/index.ts";
import { declareJob } from "../../kernel/jobs.ts";

export interface LinkRoomPayload {
  readonly roomId: string;
  /** Who invited the bot; null when an operator linked the room. */
  readonly inviter: string | null;
  /** The invitation, when one asks for it: it is answered once. */
  readonly inviteEventId?: string;
  /** What the invitation shows of the room. */
  readonly shown?: RoomShown;
}

export interface GhostInvitePayload {
  readonly roomId: string;
  /** The agent's Matrix id. */
  readonly ghostId: string;
  /** The invitation, when one asks for it: it is answered once. */
  readonly inviteEventId?: string;
}

export interface LeaveRoomPayload {
  readonly roomId: string;
  /** The farewell, the uuid of its `matrix.sends` row: the bot leaves after it was delivered. */
  readonly sendId: string | null;
}

/** The bot was invited to a room. */
export const linkRoomJob = declareJob<LinkRoomPayload>({
  name: "matrix.link-room",
  key: ({ inviteEventId }) => inviteEventId,
});

/** An agent was invited to a room. */
export const answerGhostInviteJob = declareJob<GhostInvitePayload>({
  name: "matrix.answer-ghost-invite",
  key: ({ inviteEventId }) => inviteEventId,
});

/** A room was unlinked: the bot leaves it. Repeated for days, because nothing else reminds of it. */
export const leaveRoomJob = declareJob<LeaveRoomPayload>({ name: "matrix.leave-room", retryLimit: 18 });
