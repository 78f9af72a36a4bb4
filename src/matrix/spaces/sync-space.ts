import { transact } from "../../db/index.ts";
import {
  deepestSpace,
  findLinkedRoom,
  findSpaceHome,
  followSpaceMembers,
  redescribeChannels,
  replaceSpaceChildren,
  type SpaceChild,
  type SpaceHome,
  syncSpaceJob,
  updateChildWaiting,
} from "../../domain/messaging/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { type JsonObject, objectAt, stringAt } from "../../kernel/json.ts";
import { homeserverRefused } from "../homeserver/index.ts";
import { handleLinkRoom } from "../linking/link-room.ts";
import type { SpacesDeps } from "./deps.ts";
import { parseChildren } from "./parse-children.ts";

/**
 * Brings what is known of a microDAO's space, or of a space within it, to what its state says now: its rooms become channels
 * of the microDAO where the bot may join them, and wait where it may not; spaces within it are followed in turn; whoever is in
 * the microDAO's own space is a member of the microDAO. Only current state counts, so it is safe to repeat, in any order.
 * Throws `homeserver_away` and refusals that ask to wait.
 */
export async function handleSyncSpace(deps: SpacesDeps, { spaceId }: { spaceId: string }): Promise<void> {
  const { database } = deps;
  const home = await findSpaceHome(database.db, spaceId);
  if (home === undefined) return;
  const readAt = database.clock.now();
  const state = await readState(deps, spaceId);
  if (state === undefined) return;
  const children = parseChildren(spaceId, state);
  const waiting = await transact(database, bridgeActor, async (tx) => {
    const found = await replaceSpaceChildren(tx, spaceId, { readAt, children });
    if (found !== undefined && home.depth === 0) {
      await followSpaceMembers(tx, home.microdaoId, membershipsOf(deps, state));
    }
    return found;
  });
  if (waiting === undefined) return;
  if (home.depth === 0) {
    // The space may be new, and rooms restricted to it before the microDAO had it.
    await transact(database, bridgeActor, (tx) => redescribeChannels(tx, home.microdaoId));
  }
  // What the bot may not join it tries once, and again when it is put there again: an invitation links it anyway.
  for (const child of children) {
    if (!waiting.includes(child.roomId)) await adopt(deps, { spaceId, home, child });
  }
}

/** Undefined when the bot is not in the space. */
async function readState(deps: SpacesDeps, spaceId: string): Promise<readonly JsonObject[] | undefined> {
  try {
    return await deps.homeserver.roomState({ roomId: spaceId, asUser: deps.botUserId });
  } catch (error) {
    if (homeserverRefused.is(error) && [403, 404].includes(error.details.status)) return undefined;
    throw error;
  }
}

interface Adoption {
  readonly spaceId: string;
  readonly home: SpaceHome;
  readonly child: SpaceChild;
}

/** A room that somebody unlinked, or that the bot was removed from, is left alone: only an invitation brings it back. */
async function adopt(deps: SpacesDeps, { spaceId, home, child }: Adoption): Promise<void> {
  const { roomId, via } = child;
  const known = await findLinkedRoom(deps.database.db, roomId);
  if (known !== undefined && known.status !== "joining") {
    const waiting =
      known.status === "joined"
        ? null
        : `The room was ${known.status === "left" ? "left" : "unlinked"}: invite the bot.`;
    return settle(deps, { spaceId, home, child }, { isSpace: known.channelId === null, waiting });
  }
  const microdao = home.microdaoExternalId;
  const outcome = await handleLinkRoom(deps, { roomId, inviter: null, microdao, via });
  const waiting = outcome.is === "not-joined" ? `${outcome.reason} (invite the bot)` : null;
  await settle(deps, { spaceId, home, child }, { isSpace: outcome.is === "space", waiting });
}

async function settle(
  deps: SpacesDeps,
  { spaceId, home, child }: Adoption,
  { isSpace, waiting }: { isSpace: boolean; waiting: string | null },
): Promise<void> {
  await transact(deps.database, bridgeActor, async (tx) => {
    await updateChildWaiting(tx, spaceId, { roomId: child.roomId, waiting });
    if (isSpace && home.depth < deepestSpace && !(await isRead(deps, child.roomId))) {
      tx.enqueue(syncSpaceJob, { spaceId: child.roomId });
    }
  });
}

/** A space that has been read is read again when something in it changes, and not whenever one above it does. */
async function isRead({ database }: SpacesDeps, spaceId: string): Promise<boolean> {
  return (await findLinkedRoom(database.db, spaceId))?.spaceReadAt != null;
}

/** Who is in the space, and who has left it or was removed; the bridge's own users are neither. */
function membershipsOf(
  { botUserId, aliasPrefix, serverName }: SpacesDeps,
  state: readonly JsonObject[],
): { joined: string[]; left: string[] } {
  const isOurs = (id: string) =>
    id === botUserId || (id.startsWith(`@${aliasPrefix}`) && id.endsWith(`:${serverName}`));
  const members = state.filter(({ type }) => type === "m.room.member");
  const withMembership = (...wanted: string[]) =>
    members
      .filter((event) => wanted.includes(stringAt(objectAt(event, "content"), "membership") ?? ""))
      .flatMap((event) => stringAt(event, "state_key") ?? [])
      .filter((id) => !isOurs(id));
  return { joined: withMembership("join"), left: withMembership("leave", "ban") };
}
