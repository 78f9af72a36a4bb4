import type { Tx } from "../../db/index.ts";
import { declareError } from "../../kernel/errors.ts";
import { declareJob } from "../../kernel/jobs.ts";
import { type Knock, selectKnock } from "./knocks-store.ts";
import { channelNotLinked } from "./post-errors.ts";

export type KnockAnswer = "accept" | "deny";

export interface AnswerKnockPayload {
  readonly roomId: string;
  /** Who knocks: Matrix id. */
  readonly userId: string;
  readonly answer: KnockAnswer;
}

/** Lets somebody in who knocks, or sends them away. */
export const answerKnockJob = declareJob<AnswerKnockPayload>({ name: "matrix.answer-knock" });

export const knockMissing = declareError<Record<string, never>>(
  "knock_not_found",
  "missing",
  () => "Nobody with this id knocks at this channel.",
);

export const botLacksPower = declareError<{ what: string; needed: number; has: number }>(
  "bot_lacks_power",
  "conflict",
  ({ what, needed, has }) =>
    `The bridge's bot may not ${what} in this room: that takes power level ${needed}, and it has ${has}.`,
);

export const askerLacksPower = declareError<{ what: string; needed: number }>(
  "power_too_low",
  "forbidden",
  ({ what, needed }) => `To ${what} takes power level ${needed} in this room.`,
);

/**
 * Answers somebody who knocks at a channel: accepted, they are invited; denied, they are removed. It is done after the
 * commit, and the member's row changes when the room tells of it. `userId` is the user's uuid. Gives who it is about.
 * `power`: the level in the room of whoever asks there; absent when other rights decided.
 * Throws `knock_not_found`, `channel_not_linked`, `power_too_low`, `bot_lacks_power`.
 */
export async function answerKnock(
  tx: Tx,
  {
    channelId,
    userId,
    answer,
    power = Number.POSITIVE_INFINITY,
  }: { channelId: string; userId: string; answer: KnockAnswer; power?: number },
): Promise<AnswerKnockPayload> {
  const knock = await selectKnock(tx.db, channelId, userId);
  if (knock === undefined) throw knockMissing({});
  if (knock.roomStatus !== "joined") throw channelNotLinked({});
  requirePower(knock, answer, power);
  const asked = { roomId: knock.roomId, userId: knock.matrixId, answer };
  tx.enqueue(answerKnockJob, asked);
  return asked;
}

function requirePower(knock: Knock, answer: KnockAnswer, power: number): void {
  const needed = answer === "accept" ? knock.inviteLevel : knock.kickLevel;
  const what = answer === "accept" ? "invite" : "remove people";
  if (power < needed) throw askerLacksPower({ what, needed });
  if (knock.botIsCreator || knock.botPower >= needed) return;
  throw botLacksPower({ what, needed, has: knock.botPower });
}
