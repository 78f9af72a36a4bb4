import { declareError } from "../../kernel/errors.ts";

export const roomUnknown = declareError<{ room: string; why: string }>(
  "room_unknown",
  "missing",
  ({ room, why }) => `No room "${room.slice(0, 120)}": ${why}`,
);

export const roomAmbiguous = declareError<{ room: string; roomIds: readonly string[] }>(
  "room_ambiguous",
  "conflict",
  ({ room, roomIds }) =>
    `Several channels are called "${room.slice(0, 120)}": ${roomIds.join(", ")}. Name one by its room id.`,
);

export const roomNotLinked = declareError<{ room: string }>(
  "room_not_linked",
  "conflict",
  ({ room }) => `The room ${room} is not linked.`,
);

export const roomNotJoined = declareError<{ botUserId: string; reason: string }>(
  "room_not_joined",
  "forbidden",
  ({ botUserId, reason }) =>
    `The bot cannot join the room. Invite ${botUserId} there and try again. (${reason})`,
);

export const noMicrodao = declareError<{ microdao: string }>(
  "microdao_not_found",
  "missing",
  ({ microdao }) =>
    `There is no microDAO "${microdao}". Create one with "microdao dao create", or name another with --microdao.`,
);

export const roomsNotNamed = declareError<Record<string, never>>(
  "rooms_not_named",
  "invalid",
  () => "Name a room, or write --all for every mirrored one.",
);

export const backfillStopped = declareError<{ rooms: readonly string[] }>(
  "backfill_stopped",
  "unavailable",
  ({ rooms }) =>
    `The history of ${rooms.length} of the rooms could not be read to the end. Run the command again to go on.`,
);

export const roomUnreadable = declareError<{ room: string; botUserId: string; reason: string }>(
  "room_unreadable",
  "conflict",
  ({ room, botUserId, reason }) =>
    `The bot may not read the room ${room}: invite ${botUserId} there, then run "microdao link" for it. (${reason})`,
);

export const roomBusy = declareError<{ room: string }>(
  "room_busy",
  "unavailable",
  ({ room }) =>
    `Another process has been at work on the room ${room} for long. Run the command again to go on.`,
);
