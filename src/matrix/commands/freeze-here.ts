import type { Tx } from "../../db/index.ts";
import { audit, findFreeze, roleHolds } from "../../domain/governance/index.ts";
import { freezePlace, readChannelStatus, unfreezePlace } from "../../domain/messaging/index.ts";
import { findMicrodao, findUserByMatrixId } from "../../domain/tenancy/index.ts";
import { bug } from "../../kernel/errors.ts";
import { encodeId } from "../../kernel/ids.ts";
import { frozenNotice, unfrozenNotice } from "../linking/notice.ts";
import { roleRefusedAnswer, stillFrozenAnswer } from "./answers.ts";
import type { Asked } from "./asked.ts";

const capability = "channel.manage";
/** What people write beside a command is not kept. */
const reason = "asked for with !dao freeze";

/** Silences the agents of a channel. The answer to the command is what the room is told. */
export async function freezeHere(tx: Tx, asked: Asked): Promise<string> {
  const place = await placeOf(tx, asked);
  if (!(await mayManage(tx, asked, place.microdaoId))) return roleRefusedAnswer;
  const freeze = await freezePlace(tx, { ...place, reason, isTold: true });
  return frozenNotice("channel", freeze.reason);
}

export async function unfreezeHere(tx: Tx, asked: Asked): Promise<string> {
  const place = await placeOf(tx, asked);
  if (!(await mayManage(tx, asked, place.microdaoId))) return roleRefusedAnswer;
  await unfreezePlace(tx, { ...place, isTold: true });
  const whole = await findFreeze(tx.db, { microdaoId: place.microdaoId });
  return whole === undefined ? unfrozenNotice("channel") : stillFrozenAnswer;
}

async function placeOf(tx: Tx, { channelId }: Asked) {
  const status = await readChannelStatus(tx.db, channelId);
  const microdao = status && (await findMicrodao(tx.db, status.microdaoExternalId));
  if (microdao === undefined) throw bug("a channel that is answered in belongs to no microDAO");
  return { target: { channelId }, microdaoId: microdao.id };
}

/** The power in the room is looked at already; whoever has it may still be nobody in the microDAO. */
async function mayManage(tx: Tx, { channelId, sender }: Asked, microdaoId: string): Promise<boolean> {
  const user = await findUserByMatrixId(tx.db, sender);
  if (user !== undefined && (await roleHolds(tx.db, { userId: user.id, channelId, capability }))) return true;
  await audit(tx, {
    action: "access.refused",
    resourceKind: "channel",
    resourceId: encodeId("c", channelId),
    microdaoId,
    data: { code: "role_lacks_capability", clause: "role", capability },
  });
  return false;
}
