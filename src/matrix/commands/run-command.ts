import { type Tx, transact } from "../../db/index.ts";
import {
  findLinkedRoom,
  isReplaced,
  memberPower,
  moveChannel,
  readChannelStatus,
  readCompleteness,
  slugInvalid,
  slugTaken,
} from "../../domain/messaging/index.ts";
import { findMicrodao, findMicrodaosOfUser } from "../../domain/tenancy/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { messageOf } from "../../kernel/errors.ts";
import { findBackfill } from "../backfill/backfill-store.ts";
import type { LinkingDeps } from "../linking/deps.ts";
import { leaveRoomJob } from "../linking/jobs.ts";
import { countAnswers, sayInRoom, wasSaid } from "../linking/say-in-room.ts";
import { unlinkRoom } from "../linking/unlink-room.ts";
import {
  helpAnswer,
  moderatorsOnlyAnswer,
  movedAnswer,
  noSuchMicrodaoAnswer,
  statusAnswer,
  unknownAnswer,
} from "./answers.ts";
import type { RunCommandPayload } from "./jobs.ts";
import type { Command } from "./parse-command.ts";

export type CommandDeps = Pick<
  LinkingDeps,
  "database" | "log" | "botUserId" | "defaultMicrodao" | "wakeEgress"
>;

interface Asked {
  readonly roomId: string;
  readonly channelId: string;
  readonly sender: string;
  readonly eventId: string;
}

/** The level that may redact, kick and ban unless a room says otherwise. */
const moderatorLevel = 50;
/** A room in which more is asked per minute is answered no more: the bot must not be a megaphone. */
const answersPerMinute = 20;

/**
 * Answers `!dao …` in a mirrored room, as a notice that replies to it. Anyone joined may ask; changing something takes
 * power level 50. What it does and what it answers commit together, so running it twice does and says nothing new.
 */
export async function handleCommand(deps: CommandDeps, payload: RunCommandPayload): Promise<void> {
  const { roomId, eventId, command } = payload;
  const acted = await transact(deps.database, bridgeActor, (tx) => act(deps, tx, payload));
  deps.log.info({ roomId, eventId, verb: command.verb, answered: acted }, "a command was read");
  if (acted) deps.wakeEgress();
}

/** False when nothing was said: the room is not ours to answer in, or the asker is not in it, or it was answered. */
async function act(deps: CommandDeps, tx: Tx, payload: RunCommandPayload): Promise<boolean> {
  const { roomId, sender, eventId, command } = payload;
  const key = `command:${eventId}`;
  const channelId = await findAnswerableChannel(tx, roomId);
  if (channelId === undefined || (await wasSaid(tx.db, key))) return false;
  const { joined, power } = await memberPower(tx.db, roomId, sender);
  if (!joined || (await countAnswers(tx, channelId)) >= answersPerMinute) return false;
  const asked = { roomId, channelId, sender, eventId };
  const isModerator = power >= moderatorLevel;
  if (command.verb === "unlink" && isModerator) return unlink(deps, tx, asked, key);
  const text = await answerTo(deps, tx, asked, { command, isModerator });
  await sayInRoom(tx, { channelId, text, key, replyTo: eventId });
  return true;
}

async function findAnswerableChannel(tx: Tx, roomId: string): Promise<string | undefined> {
  const room = await findLinkedRoom(tx.db, roomId);
  if (room?.status !== "joined" || !room.mirrored || room.encrypted || isReplaced(room)) return undefined;
  return room.channelId ?? undefined;
}

async function unlink(deps: CommandDeps, tx: Tx, asked: Asked, key: string): Promise<boolean> {
  const { roomId } = asked;
  const answer = { replyTo: asked.eventId, key };
  const farewell = await unlinkRoom(tx, { roomId, botUserId: deps.botUserId, answer });
  if (farewell === undefined) return false;
  tx.enqueue(leaveRoomJob, { roomId, sendId: farewell.sendId });
  return true;
}

async function answerTo(
  deps: CommandDeps,
  tx: Tx,
  asked: Asked,
  { command, isModerator }: { command: Command; isModerator: boolean },
): Promise<string> {
  switch (command.verb) {
    case "help":
      return helpAnswer();
    case "unknown":
      return unknownAnswer;
    case "status":
      return statusOf(tx, asked);
    case "unlink":
      return moderatorsOnlyAnswer;
    case "link":
      return isModerator ? move(deps, tx, asked, command) : moderatorsOnlyAnswer;
  }
}

async function statusOf(tx: Tx, { roomId, channelId }: Asked): Promise<string> {
  const status = await readChannelStatus(tx.db, channelId);
  if (status === undefined) return unknownAnswer;
  return statusAnswer(status, await findBackfill(tx.db, roomId), await readCompleteness(tx.db, channelId));
}

/** A channel goes where its room could have been linked: a microDAO of whoever asks, the default one, or where it is. */
async function move(
  deps: CommandDeps,
  tx: Tx,
  asked: Asked,
  to: { microdao: string; slug: string },
): Promise<string> {
  const { roomId, channelId, sender } = asked;
  const target = await findMicrodao(tx.db, to.microdao);
  const own = await findMicrodaosOfUser(tx.db, sender);
  const current = await readChannelStatus(tx.db, channelId);
  const open = [
    deps.defaultMicrodao,
    current?.microdaoExternalId,
    ...own.map(({ externalId }) => externalId),
  ];
  if (target === undefined || !open.includes(target.externalId)) return noSuchMicrodaoAnswer;
  try {
    return movedAnswer(await moveChannel(tx, { roomId, channelId, microdaoId: target.id, slug: to.slug }));
  } catch (error) {
    if (slugInvalid.is(error) || slugTaken.is(error)) return messageOf(error);
    throw error;
  }
}
