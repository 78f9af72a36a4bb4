import type { StatementPart, Tx } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { type Batch, roomOf, roomOfChannel } from "./batch.ts";
import { describeRoom, powersOf, type RoomDescription } from "./describe-room.ts";
import type { StateFact } from "./facts.ts";
import { describingTypes, keptContent } from "./kept-state.ts";
import { deriveRoles, type InsertedEvents } from "./members-store.ts";
import { readRoomState, stateEventsPart, writeDescriptions } from "./state-store.ts";

/** Prepares the writing of state events. */
export function stateToRecord(batch: Batch, facts: readonly StateFact[]): StatementPart<InsertedEvents> {
  return stateEventsPart(
    facts.map((fact) => ({
      event_id: fact.eventId,
      room_id: fact.roomId,
      type: fact.stateType,
      state_key: fact.stateKey,
      sender: fact.sender,
      ts: fact.ts,
      content: storedState(batch, fact),
      redacted: fact.redacted,
    })),
  );
}

/** What the database may hold of a state event's content: of a confidential team's room not what people called it. */
function storedState(batch: Batch, fact: StateFact): Readonly<Record<string, unknown>> {
  const { stateType, content } = fact;
  if (fact.redacted) return keptContent(stateType, content);
  return roomOf(batch, fact).confidential && describingTypes.includes(stateType) ? {} : content;
}

/** Derives what these rooms' state says of their channels: columns, powers and, from the powers, everybody's role. */
export async function settleState(tx: Tx, batch: Batch, roomIds: readonly string[]): Promise<void> {
  if (roomIds.length === 0) return;
  const described = (await readRoomState(tx, roomIds)).map(({ roomId, state, encryptedEver }) => {
    const room = roomOf(batch, { roomId });
    return {
      roomId,
      channelId: room.channelId,
      current: room.current,
      encrypted: encryptedEver,
      description: describeRoom(state, room.spaceId),
      powers: powersOf(state),
    };
  });
  const changed = await writeDescriptions(tx, described);
  if (changed.powers.length > 0) await deriveRoles(tx, changed.powers);
  for (const channelId of changed.channels) {
    const room = roomOfChannel(batch, channelId);
    const found = described.find((entry) => entry.channelId === channelId && entry.current);
    tx.emit({
      topic: "channel.updated",
      key: `${channelId}\n${tx.now.getTime()}`,
      about: channelId,
      at: tx.now,
      actor: tx.actor,
      microdaoId: encodeId("md", room.microdaoId),
      teamId: room.teamId,
      payload: {
        channel_id: encodeId("c", channelId),
        matrix_room_id: found?.roomId ?? room.roomId,
        ...(found && toldOf(found.description)),
      },
    });
  }
}

/** A channel's columns as events name them. */
function toldOf(description: RoomDescription): Record<string, unknown> {
  return {
    name: description.name,
    topic: description.topic,
    avatar_url: description.avatarUrl,
    canonical_alias: description.canonicalAlias,
    join_rule: description.joinRule,
    history_visibility: description.historyVisibility,
    room_version: description.roomVersion,
    room_type: description.roomType,
    visibility: description.visibility,
  };
}
