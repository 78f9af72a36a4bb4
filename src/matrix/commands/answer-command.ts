import type { Tx } from "../../db/index.ts";
import { cancelRunsIn } from "../../domain/agents/index.ts";
import {
  findRetention,
  listFollowups,
  moveChannel,
  readAsker,
  readChannelStatus,
  readCompleteness,
  readInvitableAgents,
  readMemberCounts,
  readNeighbours,
  setRetention,
  shownAtMost,
  slugInvalid,
  slugTaken,
} from "../../domain/messaging/index.ts";
import { findMicrodao, findMicrodaosOfUser } from "../../domain/tenancy/index.ts";
import { messageOf } from "../../kernel/errors.ts";
import { findBackfill } from "../backfill/backfill-store.ts";
import { leaveRoomJob } from "../linking/jobs.ts";
import { unlinkRoom } from "../linking/unlink-room.ts";
import {
  agentsAnswer,
  askerAnswer,
  cancelledAnswer,
  channelsAnswer,
  followupsAnswer,
  helpAnswer,
  membersAnswer,
  movedAnswer,
  noSuchMicrodaoAnswer,
  retentionAnswer,
  statusAnswer,
  unknownAnswer,
} from "./answers.ts";
import type { Asked } from "./asked.ts";
import { type Command, powerOf, type Verb } from "./command-table.ts";
import { freezeHere, unfreezeHere } from "./freeze-here.ts";
import { sendExportJob } from "./jobs.ts";
import { answerKnockHere, showKnocks } from "./knock-commands.ts";

export interface AnswerDeps {
  readonly botUserId: string;
  readonly defaultMicrodao: string;
}

type CommandOf<V extends Command["verb"]> = Extract<Command, { verb: V }>;
/** Gives what to say; undefined when it has been said already, or there is nothing to say. */
type Answer<V extends Command["verb"]> = (
  tx: Tx,
  asked: Asked,
  command: CommandOf<V>,
  deps: AnswerDeps,
) => Promise<string | undefined>;

const answers: { readonly [V in Verb | "unknown"]: Answer<V> } = {
  help: () => Promise.resolve(helpAnswer()),
  unknown: (_tx, _asked, { meant }) => Promise.resolve(unknownAnswer(meant)),
  async status(tx, { roomId, channelId }) {
    const status = await readChannelStatus(tx.db, channelId);
    if (status === undefined) return undefined;
    const completeness = await readCompleteness(tx.db, channelId);
    return statusAnswer(status, await findBackfill(tx.db, roomId), completeness);
  },
  async whoami(tx, { channelId, sender, power }) {
    const asker = await readAsker(tx.db, channelId, sender);
    return asker && askerAnswer(sender, power, asker);
  },
  channels: async (tx, { channelId }) => channelsAnswer(await readNeighbours(tx.db, channelId)),
  members: async (tx, { channelId }) => membersAnswer(await readMemberCounts(tx.db, channelId)),
  async agents(tx, { channelId }) {
    const status = await readChannelStatus(tx.db, channelId);
    return agentsAnswer(status?.agents ?? [], await readInvitableAgents(tx.db, channelId));
  },
  followups: async (tx, { channelId }) =>
    followupsAnswer(
      await listFollowups(tx.db, {
        channelIds: [channelId],
        status: "open",
        assigneeId: null,
        after: null,
        limit: shownAtMost + 1,
      }),
    ),
  knocks: showKnocks,
  accept: answerKnockHere,
  deny: answerKnockHere,
  export(tx, { roomId, eventId, sender }) {
    tx.enqueue(sendExportJob, { roomId, eventId, sender });
    return Promise.resolve(undefined);
  },
  async retention(tx, { channelId }, { days }) {
    if (days !== undefined) await setRetention(tx, { channelId, days });
    const retention = await findRetention(tx.db, channelId);
    return retention && retentionAnswer(retention);
  },
  cancel,
  unlink,
  freeze: freezeHere,
  unfreeze: unfreezeHere,
  link: move,
};

/** What there is to say to a command of somebody who may use it. */
export function answerCommand(
  tx: Tx,
  asked: Asked,
  command: Command,
  deps: AnswerDeps,
): Promise<string | undefined> {
  const answer = answers[command.verb] as Answer<Command["verb"]>;
  return answer(tx, asked, command, deps);
}

async function unlink(
  tx: Tx,
  { roomId, eventId, key }: Asked,
  _command: Command,
  { botUserId }: AnswerDeps,
): Promise<undefined> {
  const farewell = await unlinkRoom(tx, { roomId, botUserId, answer: { inThreadOf: eventId, key } });
  if (farewell !== undefined) tx.enqueue(leaveRoomJob, { roomId, sendId: farewell.sendId });
}

/** A channel goes where its room could have been linked: a microDAO of whoever asks, the default one, or where it is. */
async function move(
  tx: Tx,
  { roomId, channelId, sender }: Asked,
  to: CommandOf<"link">,
  { defaultMicrodao }: AnswerDeps,
): Promise<string> {
  const target = await findMicrodao(tx.db, to.microdao);
  const own = await findMicrodaosOfUser(tx.db, sender);
  const current = await readChannelStatus(tx.db, channelId);
  const open = [defaultMicrodao, current?.microdaoExternalId, ...own.map(({ externalId }) => externalId)];
  if (target === undefined || !open.includes(target.externalId)) return noSuchMicrodaoAnswer;
  try {
    return movedAnswer(await moveChannel(tx, { roomId, channelId, microdaoId: target.id, slug: to.slug }));
  } catch (error) {
    if (slugInvalid.is(error) || slugTaken.is(error)) return messageOf(error);
    throw error;
  }
}

/** Everybody stops what they asked for; moderators stop everything in the channel. */
async function cancel(tx: Tx, { channelId, sender, power }: Asked): Promise<string> {
  const asker = power >= powerOf.moderator ? null : sender;
  return cancelledAnswer(await cancelRunsIn(tx, { channelId, asker }));
}
