import { type Tx, transact } from "../../db/index.ts";
import { audit } from "../../domain/governance/index.ts";
import { findLinkedRoom, isReplaced, memberPower } from "../../domain/messaging/index.ts";
import { findUserByMatrixId } from "../../domain/tenancy/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { encodeId } from "../../kernel/ids.ts";
import type { LinkingDeps } from "../linking/deps.ts";
import { countAnswers, sayInRoom, wasSaid } from "../linking/say-in-room.ts";
import { answerCommand } from "./answer-command.ts";
import { refusedAnswer } from "./answers.ts";
import type { Asked } from "./asked.ts";
import { powerOf, whoMay } from "./command-table.ts";
import type { RunCommandPayload } from "./jobs.ts";

export type CommandDeps = Pick<
  LinkingDeps,
  "database" | "log" | "botUserId" | "defaultMicrodao" | "wakeEgress"
>;

/** What became of a command, for the log and the audit log. */
type Outcome = "answered" | "refused" | "unknown" | "too_many" | "not_joined";

/** A room in which more is asked per minute is answered no more: the bot must not be a megaphone. */
const answersPerMinute = 20;

/**
 * Answers `!dao …` in a mirrored room, as a notice in the thread of the question. What it does, what it answers and what
 * the audit log says of it commit together, so running it twice does and says nothing new.
 */
export async function handleCommand(deps: CommandDeps, payload: RunCommandPayload): Promise<void> {
  const { roomId, eventId, command } = payload;
  const outcome = await transact(deps.database, bridgeActor, async (tx) => {
    const user = await findUserByMatrixId(tx.db, payload.sender);
    const actor = user === undefined ? bridgeActor : { id: encodeId("u", user.id), kind: "user" as const };
    return act(deps, { ...tx, actor }, payload);
  });
  deps.log.info({ roomId, eventId, verb: command.verb, outcome: outcome ?? "ignored" }, "a command was read");
  if (outcome !== undefined) deps.wakeEgress();
}

/** Undefined when it is no matter of ours: the room is not ours to answer in, or the command was answered. */
async function act(deps: CommandDeps, tx: Tx, payload: RunCommandPayload): Promise<Outcome | undefined> {
  const { roomId, sender, eventId, command } = payload;
  const key = `command:${eventId}`;
  const channelId = await findAnswerableChannel(tx, roomId);
  if (channelId === undefined || (await wasSaid(tx.db, key))) return undefined;
  const { joined, power } = await memberPower(tx.db, roomId, sender);
  const asked = { roomId, channelId, sender, eventId, power, key };
  const outcome = joined ? await answer(deps, tx, asked, payload) : "not_joined";
  await audit(tx, {
    action: "command.used",
    resourceKind: "channel",
    resourceId: encodeId("c", channelId),
    data: { command: command.verb, outcome, matrix_room_id: roomId, matrix_event_id: eventId },
  });
  return outcome;
}

async function answer(
  deps: CommandDeps,
  tx: Tx,
  asked: Asked,
  { command }: RunCommandPayload,
): Promise<Outcome> {
  if ((await countAnswers(tx, asked.channelId)) >= answersPerMinute) return "too_many";
  const who = whoMay(command);
  const may = asked.power >= powerOf[who];
  const text = may ? await answerCommand(tx, asked, command, deps) : refusedAnswer(who);
  const { channelId, key, eventId } = asked;
  if (text !== undefined) await sayInRoom(tx, { channelId, text, key, inThreadOf: eventId });
  if (!may) return "refused";
  return command.verb === "unknown" ? "unknown" : "answered";
}

/** The channel of a room that the bot may say something about itself in; its uuid. */
export async function findAnswerableChannel(tx: Tx, roomId: string): Promise<string | undefined> {
  const room = await findLinkedRoom(tx.db, roomId);
  if (room?.status !== "joined" || !room.mirrored || room.encrypted || isReplaced(room)) return undefined;
  return room.channelId ?? undefined;
}
