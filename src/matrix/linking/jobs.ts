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
  /** How often the homeserver has refused it before. */
  readonly attempt?: number;
}

export interface GhostInvitePayload {
  readonly roomId: string;
  /** The agent's Matrix id. */
  readonly ghostId: string;
  /** The invitation, when one asks for it: it is answered once. */
  readonly inviteEventId?: string;
  /** How often the homeserver has refused it before. */
  readonly attempt?: number;
}

export interface LeaveRoomPayload {
  readonly roomId: string;
  /** The farewell, the uuid of its `matrix.sends` row: the bot leaves after it was delivered. */
  readonly sendId: string | null;
}

/** An invitation is answered once, and each time anew that the homeserver refused. */
function invitationKey({ inviteEventId, attempt }: Pick<LinkRoomPayload, "inviteEventId" | "attempt">) {
  return inviteEventId === undefined || attempt === undefined
    ? inviteEventId
    : `${inviteEventId}\n${attempt}`;
}

/** For an hour and more: nothing else reminds of an invitation that came while the homeserver was going away. */
const retryLimit = 12;

/** The bot was invited to a room. */
export const linkRoomJob = declareJob<LinkRoomPayload>({
  name: "matrix.link-room",
  key: invitationKey,
  retryLimit,
});

/** An agent was invited to a room. */
export const answerGhostInviteJob = declareJob<GhostInvitePayload>({
  name: "matrix.answer-ghost-invite",
  key: invitationKey,
  retryLimit,
});

/** A room was unlinked: the bot leaves it. Repeated for days, because nothing else reminds of it. */
export const leaveRoomJob = declareJob<LeaveRoomPayload>({ name: "matrix.leave-room", retryLimit: 18 });
