import { transact } from "../../db/index.ts";
import {
  claimNewRoom,
  findNewRoom,
  type MakeRoomPayload,
  type NewRoomRow,
  recordRoomFailed,
  recordRoomMade,
  updateNewRoom,
} from "../../domain/messaging/index.ts";
import { findMembersWithRole, requireMicrodao } from "../../domain/tenancy/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { encodeId } from "../../kernel/ids.ts";
import { homeserverRefused, type Refusal } from "../homeserver/index.ts";
import { handleLinkRoom } from "../linking/link-room.ts";
import type { SpacesDeps } from "./deps.ts";
import { roomInHand } from "./errors.ts";
import { aliasOf, findMadeRoom } from "./find-made-room.ts";
import { furnishRoom } from "./furnish-room.ts";
import { type NewRoom, roomContent } from "./room-content.ts";

/** Longer than everything that is done under it takes, each request with its time limit. */
const leaseMs = 5 * 60_000;
/** How long a homeserver may go on making a room after it was asked and the answer was lost. */
const settlingMs = 15_000;

/**
 * Makes a room that was asked for, links it and invites people to it. A row of `matrix.new_rooms` goes `wanted` → `made` →
 * `done`, or `failed` when the homeserver refuses. One process at a time works on it (a lease). It may be killed at any
 * line: a room that was made without our learning of it is found by its alias before another one is made.
 * Throws `room_in_hand`, `homeserver_away` and refusals that ask to wait, when it should be tried again.
 */
export async function handleMakeRoom(deps: SpacesDeps, { id }: MakeRoomPayload): Promise<void> {
  const claimed = await transact(deps.database, bridgeActor, (tx) => claimNewRoom(tx, id, leaseMs));
  if (claimed === undefined) {
    const { state } = (await findNewRoom(deps.database.db, id)) ?? { state: "done" };
    if (state === "wanted" || state === "made") throw roomInHand({ id });
    return;
  }
  try {
    await makeAndFurnish(deps, claimed);
  } catch (error) {
    await transact(deps.database, bridgeActor, (tx) => updateNewRoom(tx, id, { release: true }));
    throw error;
  }
}

async function makeAndFurnish(deps: SpacesDeps, row: NewRoomRow): Promise<void> {
  const room = await describe(deps, row);
  const roomId = row.roomId ?? (await ensureRoom(deps, row, room));
  if (roomId === undefined) return;
  if (row.state === "wanted") {
    await transact(deps.database, bridgeActor, (tx) => recordRoomMade(tx, row, roomId));
    deps.log.info({ roomId, madeFor: room.madeFor }, "a room was made");
  }
  if (row.kind === "channel") await handleLinkRoom(deps, { roomId, inviter: null });
  const lacking = await furnishRoom(deps, { room, roomId, invite: row.wanted.invite });
  await transact(deps.database, bridgeActor, (tx) =>
    updateNewRoom(tx, row.id, {
      state: "done",
      release: true,
      ...(lacking !== undefined && { error: lacking }),
    }),
  );
}

async function describe(
  { database, homeserver, aliasPrefix }: SpacesDeps,
  row: NewRoomRow,
): Promise<NewRoom> {
  const { wanted, kind, microdaoId } = row;
  const isSpace = kind === "space";
  const madeFor = encodeId(isSpace ? "md" : "c", row.id);
  const microdao = await requireMicrodao(database.db, microdaoId);
  const leaders = await findMembersWithRole(database.db, microdaoId, ["owner", "admin"]);
  return {
    madeFor,
    // No address of a channel looks like this, so asking for it makes none.
    aliasLocalpart: `${aliasPrefix}${madeFor}`,
    name: wanted.name,
    topic: wanted.topic,
    isSpace,
    visibility: wanted.visibility,
    spaceId: microdao.matrixSpaceId,
    roomVersion: wanted.roomVersion ?? (await homeserver.defaultRoomVersion()),
    powers: Object.fromEntries(
      leaders.map(({ matrixId, role }) => [matrixId, role === "owner" ? 100 : 50] as const),
    ),
  };
}

/** The room's id; undefined when the homeserver refused for good. */
async function ensureRoom(deps: SpacesDeps, row: NewRoomRow, room: NewRoom): Promise<string | undefined> {
  const found = await findMadeRoom(deps, room);
  if (found.is === "made") return found.roomId;
  if (isSettling(deps, row)) throw roomInHand({ id: row.id });
  // The homeserver died in the middle of it: nobody ever was in that room.
  if (found.is !== "none") await deps.homeserver.removeAlias(aliasOf(deps, room), deps.botUserId);
  await transact(deps.database, bridgeActor, (tx) => updateNewRoom(tx, row.id, { trying: true }));
  try {
    return await deps.homeserver.createRoom(roomContent(room, deps), deps.botUserId);
  } catch (error) {
    if (!homeserverRefused.is(error)) throw error;
    if (isWorthAnotherTry(error.details)) {
      await transact(deps.database, bridgeActor, (tx) => updateNewRoom(tx, row.id, { trying: false }));
      throw error;
    }
    const { errcode, reason } = error.details;
    await transact(deps.database, bridgeActor, (tx) => recordRoomFailed(tx, row, `${errcode}: ${reason}`));
    deps.log.warn({ madeFor: room.madeFor, errcode }, "the homeserver refused to make a room");
    return undefined;
  }
}

function isSettling({ database }: SpacesDeps, { triedAt }: NewRoomRow): boolean {
  return triedAt !== null && database.clock.now().getTime() - triedAt.getTime() < settlingMs;
}

function isWorthAnotherTry({ status, errcode }: Refusal): boolean {
  return status === 429 || status === 401 || errcode === "M_ROOM_IN_USE";
}
