import { setTimeout as sleep } from "node:timers/promises";
import { type Database, transact } from "../../db/index.ts";
import { type AddressedChannel, findChannelBySlug, foundChannel } from "../../domain/messaging/index.ts";
import { findMicrodao, findOwner, type Microdao } from "../../domain/tenancy/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import type { Log } from "../../kernel/log.ts";
import { type Homeserver, homeserverAway, homeserverRefused, isRefusal } from "../homeserver/index.ts";
import { linkRoomJob } from "../linking/jobs.ts";
import {
  type AddressSpace,
  aliasLocalpart,
  type ChannelAddress,
  parseChannelAddress,
} from "./channel-address.ts";
import { type FoundChannelPayload, foundChannelJob } from "./jobs.ts";

export interface AliasDeps extends AddressSpace {
  readonly database: Database;
  readonly homeserver: Pick<Homeserver, "createRoom" | "createAlias" | "resolveAlias">;
  readonly botUserId: string;
  readonly log: Log;
}

/** The homeserver gives up after 60 s, and delays the push of events while it waits. */
const answerMs = 45_000;
const lookMs = 100;
const minuteMs = 60_000;

/**
 * The room that an alias of our namespace points to once this is answered, or undefined when it is to point nowhere.
 * A channel that anybody may ask to enter gets its alias; one that does not exist is made where the microDAO allows it.
 * Channels that are entered by invitation only are not there for those who ask. Nothing here waits for events, and the
 * alias is never looked up at the homeserver before it is known to be there: that would be the same question again.
 * Throws `homeserver_away` and `homeserver_refused`.
 */
export async function roomOfAlias(deps: AliasDeps, alias: string): Promise<string | undefined> {
  const place = await findPlace(deps, alias);
  if (place === undefined) return undefined;
  if (place.channel?.roomId != null) return nameRoom(deps, alias, place.channel.roomId);
  // One job makes it, whoever asks and however often; Synapse itself may give two rooms to two who want one alias at once.
  await transact(deps.database, bridgeActor, (tx) => {
    tx.enqueue(foundChannelJob, { alias, minute: Math.floor(tx.now.getTime() / minuteMs) });
    return Promise.resolve();
  });
  for (let waitedMs = 0; waitedMs < answerMs; waitedMs += lookMs) {
    const made = await findChannelBySlug(deps.database.db, place.microdao.id, place.address.slug);
    if (made?.roomId != null) return made.roomId;
    await sleep(lookMs);
  }
  throw homeserverAway({
    why: "it took too long",
    status: undefined,
    errcode: undefined,
    retryAfterMs: undefined,
  });
}

/** Makes the room and the channel of an alias that somebody asked for. Safe to repeat, and to be killed at any line. */
export async function handleFoundChannel(deps: AliasDeps, { alias }: FoundChannelPayload): Promise<void> {
  const place = await findPlace(deps, alias);
  if (place === undefined || place.channel !== undefined) return;
  const { microdao, address } = place;
  const roomId = await makeRoom(deps, alias, place);
  if (roomId === undefined) return;
  await transact(deps.database, bridgeActor, async (tx) => {
    const isNew = await foundChannel(tx, { roomId, microdaoId: microdao.id, slug: address.slug });
    if (isNew) tx.enqueue(linkRoomJob, { roomId, inviter: null });
  });
  deps.log.info({ alias, roomId, microdao: microdao.externalId }, "a channel was made for an alias");
}

interface Place {
  readonly microdao: Microdao;
  readonly address: ChannelAddress;
  readonly channel: AddressedChannel | undefined;
}

const openRules: ReadonlySet<string | null> = new Set(["public", "knock", "restricted", "knock_restricted"]);

async function findPlace(deps: AliasDeps, alias: string): Promise<Place | undefined> {
  const { db } = deps.database;
  const address = parseChannelAddress(deps, alias);
  const microdao = address && (await findMicrodao(db, address.microdao));
  if (address === undefined || microdao === undefined) return undefined;
  const channel = await findChannelBySlug(db, microdao.id, address.slug);
  return (channel === undefined ? microdao.aliasChannels : isOpen(channel))
    ? { microdao, address, channel }
    : undefined;
}

function isOpen({ status, roomStatus, joinRule }: AddressedChannel): boolean {
  return status === "active" && roomStatus === "joined" && openRules.has(joinRule);
}

/** Somebody may have given the alias meanwhile; then it is there, wherever it points. */
async function nameRoom(
  { homeserver, botUserId, log }: AliasDeps,
  alias: string,
  roomId: string,
): Promise<string | undefined> {
  try {
    await homeserver.createAlias(alias, roomId, botUserId);
    return roomId;
  } catch (error) {
    if (isRefusal(error, "M_EXCLUSIVE")) {
      log.error({ alias }, "the alias is outside of the bridge's namespace: make the registration anew");
      return undefined;
    }
    if (!isTaken(error)) throw error;
    return (await homeserver.resolveAlias(alias))?.roomId;
  }
}

/** Synapse has no errcode of its own for an alias that is there already. */
function isTaken(error: unknown): boolean {
  return homeserverRefused.is(error) && error.details.status === 409;
}

/**
 * A room with the alias: a new one, or the one that a killed process has made. The owner gets the creator's powers, in
 * every room version.
 */
async function makeRoom(deps: AliasDeps, alias: string, place: Place): Promise<string | undefined> {
  const { homeserver, botUserId, serverName } = deps;
  const { microdao, address } = place;
  const owner = await findOwner(deps.database.db, microdao.id);
  const isNear = owner?.endsWith(`:${serverName}`) === true && owner !== botUserId;
  try {
    return await homeserver.createRoom(
      {
        room_alias_name: aliasLocalpart(deps, address),
        name: address.slug,
        preset: "trusted_private_chat",
        visibility: "private",
        invite: isNear ? [owner] : [],
        initial_state: [
          { type: "m.room.join_rules", state_key: "", content: { join_rule: "public" } },
          { type: "m.room.guest_access", state_key: "", content: { guest_access: "forbidden" } },
        ],
      },
      botUserId,
    );
  } catch (error) {
    if (!isRefusal(error, "M_ROOM_IN_USE") && !isTaken(error)) throw error;
    return (await homeserver.resolveAlias(alias))?.roomId;
  }
}
