import { hash } from "node:crypto";
import type { Tx } from "../../db/index.ts";
import { bug, declareError } from "../../kernel/errors.ts";
import { encodeId, newUuid } from "../../kernel/ids.ts";
import { audit } from "../governance/index.ts";
import { createMicrodao } from "../tenancy/index.ts";
import { isSlug, slugOf } from "./channel-slug.ts";
import { insertChannelToCreate } from "./channels-store.ts";
import { makeRoomJob } from "./jobs.ts";
import { slugInvalid, slugTaken } from "./move-channel.ts";
import {
  insertNewRoom,
  type NewRoomToInsert,
  selectNewRoomByKey,
  type Visibility,
  type WantedRoom,
} from "./new-rooms-store.ts";
import { idempotencyKeyReused } from "./post-errors.ts";
import { chooseSlug } from "./rooms-store.ts";

export const channelNameInvalid = declareError<{ field: "name" }>(
  "channel_name_invalid",
  "invalid",
  () => "The name of a channel has 1 to 200 characters without control characters.",
);

/** Who asks, and in which request. */
export interface Asked {
  /** The same scope and key are the same request, for ever. */
  readonly idempotency?: { readonly scope: string; readonly key: string } | undefined;
  readonly requestId?: string;
}

export interface ChannelToCreate extends Asked {
  /** uuid */
  readonly microdaoId: string;
  readonly name: string;
  /** Made of the name when left out. */
  readonly slug?: string | undefined;
  readonly topic?: string | undefined;
  readonly visibility: Visibility;
  readonly roomVersion?: string | undefined;
  /** Matrix ids. */
  readonly invite: readonly string[];
  readonly creator: { readonly userId: string | null; readonly agentId: string | null };
}

/** What became of a request to create something; `repeated`: an earlier one with the same key had done it. */
export interface Created {
  /** uuid of the channel or microDAO. */
  readonly id: string;
  readonly repeated: boolean;
}

/**
 * Writes down that a microDAO is to have another channel, status `creating`; its room is made by `makeRoomJob` after the
 * commit, and then mirrored like any other. Throws `channel_name_invalid`, `slug_invalid`, `slug_taken`,
 * `idempotency_key_reused`.
 */
export async function createChannel(tx: Tx, input: ChannelToCreate): Promise<Created> {
  const { microdaoId, slug, creator } = input;
  if (slug !== undefined && !isSlug(slug)) throw slugInvalid({ slug });
  const id = newUuid(tx.now);
  const wanted = wantedRoom(input);
  const asked = [microdaoId, slug ?? null, wanted, creator];
  const earlier = await plan(tx, input, { id, kind: "channel", microdaoId, wanted, asked });
  if (earlier !== undefined) return earlier;
  const free = await freeSlug(tx, id, input);
  await insertChannelToCreate(tx, { id, slug: free, microdaoId, ...wanted, ...creator });
  await audit(tx, {
    action: "channel.requested",
    resourceKind: "channel",
    resourceId: encodeId("c", id),
    microdaoId,
    requestId: input.requestId ?? null,
    data: { slug: free, visibility: wanted.visibility },
  });
  return { id, repeated: false };
}

function wantedRoom({ name, topic, visibility, roomVersion, invite }: ChannelToCreate): WantedRoom {
  const trimmed = name.trim();
  if (!/^\P{C}{1,200}$/u.test(trimmed)) throw channelNameInvalid({ field: "name" });
  return { name: trimmed, topic: topic ?? null, visibility, roomVersion: roomVersion ?? null, invite };
}

/** The slug that was asked for, or one like the name. */
async function freeSlug(
  tx: Tx,
  channelId: string,
  { microdaoId, name, slug }: ChannelToCreate,
): Promise<string> {
  const wanted = slug ?? slugOf({ alias: null, name }) ?? "channel";
  const free = await chooseSlug(tx, { microdaoId, wanted, channelId });
  if (slug !== undefined && free !== slug) throw slugTaken({ slug, free });
  return free;
}

export interface MicrodaoToFound extends Asked {
  readonly name: string;
  readonly topic?: string | undefined;
  /** Whether anybody may enter the space, or those who are invited. */
  readonly visibility: "public" | "private";
  readonly roomVersion?: string | undefined;
  /** uuid */
  readonly ownerUserId: string;
  readonly ownerMatrixId: string | null;
}

/** Founds a microDAO; its Matrix space is made after the commit. Throws `microdao_name_invalid`, `idempotency_key_reused`. */
export async function foundMicrodao(tx: Tx, input: MicrodaoToFound): Promise<Created> {
  const { name, ownerUserId, ownerMatrixId, topic, visibility, roomVersion } = input;
  const earlier = input.idempotency && (await selectNewRoomByKey(tx.db, input.idempotency));
  const invite = ownerMatrixId === null ? [] : [ownerMatrixId];
  const wanted = {
    name: name.trim(),
    topic: topic ?? null,
    visibility,
    roomVersion: roomVersion ?? null,
    invite,
  };
  const asked = ["microdao", wanted, ownerUserId];
  if (earlier !== undefined) return repeated(earlier, hashOf(asked));
  const { id } = await createMicrodao(tx, { name, ownerUserId });
  const meanwhile = await plan(tx, input, { id, kind: "space", microdaoId: id, wanted, asked });
  // Undone with everything else; the next try finds the earlier one.
  if (meanwhile !== undefined) throw requestInHand({});
  await audit(tx, {
    action: "microdao.founded",
    resourceKind: "microdao",
    resourceId: encodeId("md", id),
    microdaoId: id,
    requestId: input.requestId ?? null,
    data: { name: wanted.name },
  });
  return { id, repeated: false };
}

export const requestInHand = declareError<Record<string, never>>(
  "request_in_hand",
  "conflict",
  () =>
    "Another request with this Idempotency-Key has just been carried out. Repeat this one to get its answer.",
);

interface Plan extends Pick<NewRoomToInsert, "id" | "kind" | "microdaoId"> {
  readonly wanted: WantedRoom;
  readonly asked: readonly unknown[];
}

/** Writes the room down and asks for it; gives the earlier one with the same key, if there is one. */
async function plan(tx: Tx, { idempotency }: Asked, { asked, ...room }: Plan): Promise<Created | undefined> {
  const requestHash = hashOf(asked);
  if (await insertNewRoom(tx, { ...room, idempotency, requestHash })) {
    tx.enqueue(makeRoomJob, { id: room.id });
    return undefined;
  }
  const earlier = idempotency && (await selectNewRoomByKey(tx.db, idempotency));
  if (earlier === undefined) throw bug("a new room met a row with its idempotency key, and there is none");
  return repeated(earlier, requestHash);
}

function repeated(row: { id: string; requestHash: Uint8Array }, requestHash: Uint8Array): Created {
  if (Buffer.compare(row.requestHash, requestHash) !== 0) throw idempotencyKeyReused({});
  return { id: row.id, repeated: true };
}

/** What makes two requests the same: what was asked for, not what became of it. */
function hashOf(asked: readonly unknown[]): Buffer<ArrayBuffer> {
  return Buffer.from(hash("sha256", JSON.stringify(asked), "buffer"));
}
