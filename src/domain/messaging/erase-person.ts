import { type Database, type DbClient, runParts, transact } from "../../db/index.ts";
import type { Actor } from "../../kernel/actor.ts";
import { declareError } from "../../kernel/errors.ts";
import { encodeId } from "../../kernel/ids.ts";
import { audit } from "../governance/index.ts";
import { ensureUserByMatrixId, eraseUser } from "../tenancy/index.ts";
import {
  countMirrored,
  emptyMessagesOf,
  emptyTracesOf,
  type MirroredCounts,
  selectChannelIds,
} from "./erase-store.ts";
import { clearNotesOf } from "./followups-store.ts";
import { lockRoomsOfChannel } from "./rooms-store.ts";
import { sendersPart } from "./senders.ts";

const pieceSize = 2_000;
const noChannel = "00000000-0000-0000-0000-000000000000";

export const agentNotErased = declareError<{ matrixId: string }>(
  "agent_not_erased",
  "invalid",
  ({ matrixId }) => `${matrixId} is an agent and no person. End it with: microdao agent revoke`,
);

/** What agents hold of a person: rows with words that they hold because of something that this person asked or said. */
export interface AgentTraceCounts {
  readonly memories: number;
  readonly runs: number;
  readonly toolCalls: number;
  readonly schedules: number;
}

export type PersonCounts = MirroredCounts & AgentTraceCounts;

/** Somebody who is erased, and what was said and asked until when. `userId`: uuid. */
export interface Person {
  readonly userId: string;
  readonly matrixId: string;
  readonly until: Date;
}

/** What agents hold of people, for who knows more of agents than that they speak. */
export interface AgentTraces {
  count(db: DbClient, person: Person): Promise<AgentTraceCounts>;
  /** Removes it a piece at a time; safe to repeat. */
  erase(database: Database, actor: Actor, person: Person): Promise<void>;
}

/** What was stored of a person before and after. After an erasure all of `left` is 0. */
export interface Erasure {
  /** `u_…`; null when nobody has ever met this person, and nothing was changed. */
  readonly userId: string | null;
  readonly erasedAt: Date | null;
  readonly found: PersonCounts;
  readonly left: PersonCounts;
}

const none: PersonCounts = {
  messages: 0,
  edits: 0,
  reactions: 0,
  votes: 0,
  memberEvents: 0,
  channelMembers: 0,
  profiles: 0,
  memories: 0,
  runs: 0,
  toolCalls: 0,
  schedules: 0,
};

/** Counts what is stored of a person and changes nothing. Throws `agent_not_erased`. */
export async function findPerson(
  database: Database,
  matrixId: string,
  traces: AgentTraces,
): Promise<Erasure> {
  const userId = await findUser(database.db, matrixId);
  if (userId === undefined) return { userId: null, erasedAt: null, found: none, left: none };
  const found = await countPerson(database.db, { userId, matrixId, until: database.clock.now() }, traces);
  return { userId: encodeId("u", userId), erasedAt: null, found, left: found };
}

async function countPerson(db: DbClient, person: Person, traces: AgentTraces): Promise<PersonCounts> {
  return { ...(await countMirrored(db, person)), ...(await traces.count(db, person)) };
}

/**
 * Removes everything that a person said and is called, with what agents hold because of it, and marks the person, so that what is told of that time later is
 * recorded without words. Rows stay, with the Matrix id: it is what the mark hangs on. What they say from now on is
 * recorded as anybody's. A piece at a time; it may be cut off anywhere and done again. Throws `agent_not_erased`.
 */
export async function erasePerson(
  database: Database,
  actor: Actor,
  matrixId: string,
  traces: AgentTraces,
): Promise<Erasure> {
  const { userId, until, found } = await transact(database, actor, async (tx) => {
    await findUser(tx.db, matrixId);
    const user = await ensureUserByMatrixId(tx, matrixId);
    const stored = await countPerson(tx.db, { userId: user.id, matrixId, until: tx.now }, traces);
    await eraseUser(tx, user.id, tx.now);
    return { userId: user.id, until: tx.now, found: stored };
  });
  const person = { userId, matrixId, until };
  await eraseTraces(database, actor, person);
  await eraseMessages(database, actor, person);
  // Last: whoever was recording a question when the mark was set has done so by now.
  await traces.erase(database, actor, person);
  await transact(database, actor, async (tx) => {
    // Once more: whoever was recording something when the mark was set did not know of it.
    await eraseUser(tx, userId, until);
    await clearNotesOf(tx, encodeId("u", userId));
    await audit(tx, {
      action: "person.erased",
      resourceKind: "user",
      resourceId: encodeId("u", userId),
      data: { found: { ...found } },
    });
  });
  const left = await countPerson(database.db, person, traces);
  return { userId: encodeId("u", userId), erasedAt: until, found, left };
}

async function findUser(db: DbClient, matrixId: string): Promise<string | undefined> {
  const { senders } = await runParts(db, { senders: sendersPart([matrixId]) });
  const known = senders.at(-1);
  if (known?.isAgent === true) throw agentNotErased({ matrixId });
  return known?.id;
}

/** A channel at a time, with its rooms locked: nobody derives from what is being emptied. */
async function eraseTraces(database: Database, actor: Actor, person: Person): Promise<void> {
  let after = noChannel;
  for (;;) {
    const channels = await selectChannelIds(database.db, after, 100);
    for (const channelId of channels) {
      await transact(database, actor, async (tx) => {
        await lockRoomsOfChannel(tx, channelId);
        await emptyTracesOf(tx, { ...person, channelId });
      });
    }
    after = channels.at(-1) ?? after;
    if (channels.length === 0) return;
  }
}

async function eraseMessages(database: Database, actor: Actor, person: Person): Promise<void> {
  for (;;) {
    const count = await transact(database, actor, (tx) =>
      emptyMessagesOf(tx, { ...person, limit: pieceSize }),
    );
    if (count === 0) return;
  }
}
