import type { Tx } from "../../db/index.ts";
import { audit } from "../../domain/governance/index.ts";
import {
  answerKnock,
  askerLacksPower,
  botLacksPower,
  channelNotLinked,
  type KnockAnswer,
  knockMissing,
  listKnocks,
  shownAtMost,
} from "../../domain/messaging/index.ts";
import { userIdOf } from "../../domain/tenancy/index.ts";
import { messageOf } from "../../kernel/errors.ts";
import { encodeId } from "../../kernel/ids.ts";
import { knockAnsweredAnswer, knocksAnswer } from "./answers.ts";

interface Asked {
  /** uuid */
  readonly channelId: string;
  /** The power of whoever asks, in the room. */
  readonly power: number;
}

/** Who asks to be let in. */
export async function showKnocks(tx: Tx, { channelId }: Asked): Promise<string> {
  const knocks = await listKnocks(tx.db, channelId, shownAtMost + 1);
  return knocksAnswer(knocks.map(({ matrixId }) => matrixId));
}

/** Lets somebody in or turns them away, as far as whoever asks, and the bot, may do that in the room. */
export async function answerKnockHere(
  tx: Tx,
  { channelId, power }: Asked,
  { verb: answer, userId: matrixId }: { readonly verb: KnockAnswer; readonly userId: string },
): Promise<string> {
  const userId = userIdOf(matrixId);
  try {
    await answerKnock(tx, { channelId, userId, answer, power });
  } catch (error) {
    if ([knockMissing, channelNotLinked, askerLacksPower, botLacksPower].some(({ is }) => is(error))) {
      return messageOf(error);
    }
    throw error;
  }
  await audit(tx, {
    action: answer === "accept" ? "member.knock_accepted" : "member.knock_denied",
    resourceKind: "member",
    resourceId: encodeId("u", userId),
    data: { channel_id: encodeId("c", channelId), matrix_id: matrixId },
  });
  return knockAnsweredAnswer(matrixId, answer);
}
