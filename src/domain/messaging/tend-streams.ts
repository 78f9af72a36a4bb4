import { type Database, transact } from "../../db/index.ts";
import { type Actor, bridgeActor } from "../../kernel/actor.ts";
import { finishStream } from "./finish-stream.ts";
import { endByRoom, showStream } from "./grow-stream.ts";
import { messageRedacted } from "./post-errors.ts";
import { lockStream, type StreamNeed, selectNeedyStreams } from "./streams-store.ts";

/** After so long without a word of its owner a stream is ended: whoever wrote it is probably dead. */
export const longestSilenceMs = 60_000;
const atOnce = 100;

/**
 * Looks after messages that grow: shows text whose edit is due, ends those that nobody goes on with by a sentence that says
 * so, and lets go of those whose message was deleted. Each in a transaction of its own; safe to repeat and to run in several
 * processes at once. Gives how many needed something.
 */
export async function tendStreams(database: Database, actor: Actor = bridgeActor): Promise<number> {
  const now = database.clock.now();
  const silentSince = new Date(now.getTime() - longestSilenceMs);
  const needy = await selectNeedyStreams(database.db, { now, silentSince, limit: atOnce });
  for (const one of needy) await tend(database, actor, one);
  return needy.length;
}

function tend(
  database: Database,
  actor: Actor,
  { id, need }: { id: string; need: StreamNeed },
): Promise<unknown> {
  return transact(database, actor, async (tx) => {
    const stream = await lockStream(tx, id);
    if (stream === undefined || stream.state !== "open") return;
    if (need === "room") return endByRoom(tx, stream, messageRedacted({}));
    const { body, seq, grownAt } = stream;
    if (need === "showing") return showStream(tx, stream, { body: body ?? "", seq, alive: false });
    // It was asked for without the lock: its owner may have said something meanwhile.
    if (tx.now.getTime() - grownAt.getTime() < longestSilenceMs) return;
    return finishStream(tx, { sendId: id, ending: "failed", sentence: brokenOff }, "silence");
  });
}

const brokenOff = "⚠️ This answer broke off.";
