import { bug } from "../../kernel/errors.ts";
import type { Fact } from "./facts.ts";
import type { MirroredRoom } from "./mirrored-rooms-store.ts";
import type { Sender } from "./senders.ts";

/** What every step of recording a batch of facts needs: the rooms, locked, and the people, known. */
export interface Batch {
  readonly rooms: ReadonlyMap<string, MirroredRoom>;
  readonly senders: ReadonlyMap<string, Sender>;
}

export function roomOf(batch: Batch, fact: Pick<Fact, "roomId">): MirroredRoom {
  const room = batch.rooms.get(fact.roomId);
  if (room === undefined) throw bug("a fact of a room that is not mirrored reached the mirror");
  return room;
}

export function senderOf(batch: Batch, matrixId: string): Sender {
  const sender = batch.senders.get(matrixId);
  if (sender === undefined) throw bug("a sender was not resolved");
  return sender;
}

export function roomOfChannel(batch: Batch, channelId: string): MirroredRoom {
  for (const room of batch.rooms.values()) if (room.channelId === channelId) return room;
  throw bug("a channel changed that has no room in the batch");
}
