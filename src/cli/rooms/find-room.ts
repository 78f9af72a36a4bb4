import type { DbClient } from "../../db/index.ts";
import { findRoomOfChannel, findRoomsByName } from "../../domain/messaging/index.ts";
import { decodeId } from "../../kernel/ids.ts";
import type { LinkingDeps } from "../../matrix/linking/deps.ts";
import { roomAmbiguous, roomUnknown } from "./errors.ts";

export interface NamedRoom {
  readonly roomId: string;
  /** Servers to join it by. */
  readonly via: readonly string[];
}

/** The room that an operator means: a room id, an alias, a channel id (`c_…`) or the slug of a channel. */
export async function findRoom(deps: LinkingDeps, name: string): Promise<NamedRoom> {
  if (name.startsWith("!")) return { roomId: name, via: [] };
  if (name.startsWith("#")) return resolveAlias(deps, name);
  const roomIds = await roomsOfChannel(deps.database.db, name);
  const [only, second] = roomIds;
  if (only === undefined) {
    throw roomUnknown({
      room: name,
      why: "no channel has this id or slug. Room ids begin with !, aliases with #.",
    });
  }
  if (second !== undefined) throw roomAmbiguous({ room: name, roomIds });
  return { roomId: only, via: [] };
}

async function resolveAlias(deps: LinkingDeps, alias: string): Promise<NamedRoom> {
  const found = await deps.homeserver.resolveAlias(alias);
  if (found === undefined) throw roomUnknown({ room: alias, why: "the homeserver knows no such alias." });
  return { roomId: found.roomId, via: found.servers.slice(0, 3) };
}

async function roomsOfChannel(db: DbClient, name: string): Promise<string[]> {
  const channelId = decodeId("c", name);
  if (channelId === undefined) return (await findRoomsByName(db, name)).map(({ roomId }) => roomId);
  const room = await findRoomOfChannel(db, channelId);
  return room === undefined ? [] : [room.roomId];
}
