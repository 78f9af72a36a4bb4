import { Command } from "commander";
import { transact } from "../db/index.ts";
import {
  type ChannelLink,
  findChannelLink,
  findLinkedRoom,
  isSlug,
  type LinkedRoom,
  listMirroredRooms,
  moveChannel,
  slugInvalid,
} from "../domain/messaging/index.ts";
import { bug } from "../kernel/errors.ts";
import { encodeId } from "../kernel/ids.ts";
import type { LinkingDeps } from "../matrix/linking/deps.ts";
import { leaveRoomJob } from "../matrix/linking/jobs.ts";
import { unlinkRoom } from "../matrix/linking/unlink-room.ts";
import { handleInvitation } from "../matrix/room-life/link-or-follow.ts";
import { operator } from "./operator/open-database.ts";
import { print } from "./operator/print.ts";
import { backfillStopped, noMicrodao, roomNotJoined, roomNotLinked, roomsNotNamed } from "./rooms/errors.ts";
import { findRoom } from "./rooms/find-room.ts";
import { withRooms } from "./rooms/open-rooms.ts";
import { type ReadHistory, readHistories } from "./rooms/read-history.ts";

const roomArgument = "a room id (!…), an alias (#…), a channel id (c_…) or a channel's slug";

interface LinkOptions {
  readonly microdao?: string;
  readonly slug?: string;
  readonly via?: readonly string[];
  readonly backfill: boolean;
  readonly json?: true;
}

/** `microdao link`: links a room that the bot is invited to or may join, and reads its history. */
export function linkCommand(): Command {
  return new Command("link")
    .description("mirror a room: join it, say so there, read its state and its history")
    .argument("<room>", roomArgument)
    .option(
      "--microdao <id>",
      "the microDAO of a room that was never linked, such as microdao:1 (DEFAULT_MICRODAO)",
    )
    .option("--slug <slug>", "the channel's name in URLs, instead of one made of the room's name")
    .option("--via <servers...>", "servers that are in the room, for rooms of other homeservers")
    .option("--no-backfill", "leave the history to the running bridge")
    .option("--json", "print JSON")
    .action((room: string, options: LinkOptions) =>
      withRooms({ withJobs: false }, (deps) => link(deps, room, options)),
    );
}

async function link(deps: LinkingDeps, name: string, options: LinkOptions): Promise<void> {
  if (options.slug !== undefined && !isSlug(options.slug)) throw slugInvalid({ slug: options.slug });
  const { roomId, via } = await findRoom(deps, name);
  const outcome = await handleInvitation(deps, {
    roomId,
    inviter: null,
    via: [...(options.via ?? []), ...via],
    ...(options.microdao !== undefined && { microdao: options.microdao }),
  });
  if (outcome.is === "no-home") throw noMicrodao({ microdao: outcome.microdao });
  if (outcome.is === "not-joined") throw roomNotJoined({ botUserId: deps.botUserId, reason: outcome.reason });
  if (outcome.is === "space") {
    print(options, { roomId, ...outcome }, () => [`${roomId} is a space: it has no channel.`]);
    return;
  }
  const channel = await nameChannel(deps, { roomId, channelId: outcome.channelId, slug: options.slug });
  const history = options.backfill ? await readOne(deps, roomId) : undefined;
  sayLinked(options, { roomId, is: outcome.is, channel, history });
}

function sayLinked(
  options: LinkOptions,
  linked: { roomId: string; is: string; channel: ChannelLink; history: ReadHistory | undefined },
): void {
  const { roomId, is, history } = linked;
  const { slug, encrypted } = linked.channel;
  const channelId = encodeId("c", linked.channel.channelId);
  print(options, { roomId, is, channelId, slug, encrypted, history }, () => [
    `${roomId} is ${is === "linked" ? "now" : "already"} mirrored as #${slug} (${channelId}).`,
    ...(encrypted ? ["It is encrypted: texts stay unreadable, and no notice was posted."] : []),
    ...(history === undefined ? [] : [sayHistory(history)]),
  ]);
}

/** The channel, under the slug that was asked for if one was. */
function nameChannel(
  deps: LinkingDeps,
  { roomId, channelId, slug }: { roomId: string; channelId: string; slug: string | undefined },
): Promise<ChannelLink> {
  return transact(deps.database, operator, async (tx) => {
    const channel = await findChannelLink(tx.db, channelId);
    if (channel === undefined) throw bug("a linked room has no channel");
    if (slug === undefined) return channel;
    return moveChannel(tx, { roomId, channelId, microdaoId: channel.microdaoId, slug });
  });
}

async function readOne(deps: LinkingDeps, roomId: string): Promise<ReadHistory | undefined> {
  const room = await findLinkedRoom(deps.database.db, roomId);
  if (room === undefined) return undefined;
  return (await readHistories(deps, [room], { again: false, screen: process.stderr }))[0];
}

/** `microdao unlink`: stops mirroring a room; the running bridge says so there and leaves. */
export function unlinkCommand(): Command {
  return new Command("unlink")
    .description("stop mirroring a room; what was mirrored is kept, and the bot leaves")
    .argument("<room>", roomArgument)
    .option("--json", "print JSON")
    .action((room: string, options: { readonly json?: true }) =>
      withRooms({ withJobs: true }, (deps) => unlink(deps, room, options)),
    );
}

async function unlink(deps: LinkingDeps, name: string, options: { readonly json?: true }): Promise<void> {
  const { roomId } = await findRoom(deps, name);
  const farewell = await transact(deps.database, operator, async (tx) => {
    const answer = { key: `unlinked:${roomId}:${tx.now.toISOString()}` };
    const done = await unlinkRoom(tx, { roomId, botUserId: deps.botUserId, answer });
    if (done !== undefined) tx.enqueue(leaveRoomJob, { roomId, sendId: done.sendId });
    return done;
  });
  if (farewell === undefined) throw roomNotLinked({ room: roomId });
  const { channel, sendId } = farewell;
  const said = sendId === null ? "leaves it without a word" : "says so there and leaves";
  print(options, { roomId, channelId: encodeId("c", channel.channelId), slug: channel.slug }, () => [
    `${roomId} is no longer mirrored; what #${channel.slug} holds is kept.`,
    `The running bridge ${said}.`,
  ]);
}

interface BackfillOptions {
  readonly all?: true;
  readonly again?: true;
  readonly json?: true;
}

/** `microdao backfill`: reads rooms' histories in this process, beside a bridge that may be running. */
export function backfillCommand(): Command {
  return new Command("backfill")
    .description("read the history of mirrored rooms, from where it stopped back to the beginning")
    .argument("[room]", roomArgument)
    .option("--all", "every mirrored room")
    .option("--again", "read what was read before once more; nothing is doubled")
    .option("--json", "print JSON")
    .action((room: string | undefined, options: BackfillOptions) =>
      withRooms({ withJobs: false }, (deps) => backfill(deps, room, options)),
    );
}

async function backfill(
  deps: LinkingDeps,
  name: string | undefined,
  options: BackfillOptions,
): Promise<void> {
  const rooms = await roomsToRead(deps, name, options);
  const again = options.again === true;
  const histories = await readHistories(deps, rooms, { again, screen: process.stderr });
  print(options, { rooms: histories }, () =>
    histories.length === 0 ? ["No room is mirrored."] : histories.map(sayHistory),
  );
  const stopped = histories.filter(({ status }) => status !== "done");
  if (stopped.length > 0) throw backfillStopped({ rooms: stopped.map(({ roomId }) => roomId) });
}

async function roomsToRead(
  deps: LinkingDeps,
  name: string | undefined,
  { all }: BackfillOptions,
): Promise<readonly LinkedRoom[]> {
  if (all === true) return listMirroredRooms(deps.database.db);
  if (name === undefined) throw roomsNotNamed({});
  const { roomId } = await findRoom(deps, name);
  const room = await findLinkedRoom(deps.database.db, roomId);
  if (room?.channelId == null || !room.mirrored) throw roomNotLinked({ room: roomId });
  return [room];
}

function sayHistory({ roomId, status, events, pages, error }: ReadHistory): string {
  const read = `${events} events in ${pages} pages`;
  return status === "done"
    ? `${roomId}: the history is complete, ${read}`
    : `${roomId}: stopped after ${read}${error === null ? "" : ` (${error})`}`;
}
