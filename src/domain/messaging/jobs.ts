import { declareJob } from "../../kernel/jobs.ts";

export interface MakeRoomPayload {
  /** uuid of the `matrix.new_rooms` row. */
  readonly id: string;
}

/** The homeserver has to make a room. Repeated for a while: homeservers are restarted. */
export const makeRoomJob = declareJob<MakeRoomPayload>({ name: "matrix.make-room", retryLimit: 10 });

/** What is to be different in a room. */
export interface RoomChange {
  readonly roomId: string;
  /** The microDAO's space, for who may join. */
  readonly spaceId: string | null;
  readonly name?: string;
  readonly topic?: string;
  readonly visibility?: "public" | "private" | "microdao";
}

/** A room's state is to be changed. */
export const changeRoomJob = declareJob<RoomChange>({ name: "matrix.change-room" });

export interface GivePowersPayload {
  readonly roomId: string;
}

/** A room's power levels are to be what `matrix.wanted_powers` says; what a lost job leaves is asked for again every minute. */
export const givePowersJob = declareJob<GivePowersPayload>({ name: "matrix.give-powers" });

export interface ArchiveRoomPayload {
  readonly roomId: string;
  /** uuid */
  readonly channelId: string;
}

/** A channel was archived: its room is closed, and the bot and the agents leave. Repeated for days, as nothing reminds of it. */
export const archiveRoomJob = declareJob<ArchiveRoomPayload>({ name: "matrix.archive-room", retryLimit: 18 });

export interface SyncSpacePayload {
  readonly spaceId: string;
  /** Of several requests for a space with the same word one counts; absent: each of them does. */
  readonly once?: string;
}

/** A space's state has changed: its rooms, or who is in it. */
export const syncSpaceJob = declareJob<SyncSpacePayload>({
  name: "matrix.sync-space",
  key: ({ spaceId, once }) => (once === undefined ? undefined : `${spaceId}\n${once}`),
});

export interface ReactionPayload {
  readonly roomId: string;
  /** uuid */
  readonly channelId: string;
  readonly reactionEventId: string;
  readonly targetEventId: string;
  /** Without variation selectors and skin tones. */
  readonly key: string;
  /** The Matrix id of the person who reacted. */
  readonly sender: string;
}

/** A person reacted, just now, with a key that somebody cares for. */
export const reactionJob = declareJob<ReactionPayload>({
  name: "reactions.handle",
  key: ({ reactionEventId }) => reactionEventId,
});

export interface TellFreezePayload {
  /** uuids */
  readonly target: { readonly channelId: string } | { readonly microdaoId: string };
  readonly freezeId: string;
  readonly isLifted: boolean;
}

/** Agents were silenced, or may speak again: the rooms are told. */
export const tellFreezeJob = declareJob<TellFreezePayload>({ name: "matrix.tell-freeze" });
