import { attempt, type Database, type Tx, transact } from "../../db/index.ts";
import { recordFacts } from "../../domain/messaging/index.ts";
import { forgetWithdrawn } from "../../domain/runtime/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { declareError, messageOf } from "../../kernel/errors.ts";
import { stringAt } from "../../kernel/json.ts";
import {
  closeDeadLetter,
  countFailedRetry,
  dropLettersBefore,
  selectDeadLetter,
  selectRawLetters,
} from "./dead-letters-store.ts";
import type { EventFault } from "./event-shape.ts";
import type { IngestDeps } from "./ingest-events.ts";
import { parseEvent } from "./parse-event.ts";

export const deadLetterMissing = declareError<{ id: string }>(
  "dead_letter_missing",
  "missing",
  ({ id }) => `There is no dead letter ${id} that waits. List them with: microdao deadletters list`,
);

/**
 * Tries to record a dead letter's event again, without anything reacting to it: the moment to answer has passed.
 * Gives the fault when it still cannot be recorded; then the letter stays. Throws `dead_letter_missing`.
 */
export function retryDeadLetter(
  { database }: Pick<IngestDeps, "database">,
  id: string,
): Promise<{ code: string; message: string } | undefined> {
  return transact(database, bridgeActor, async (tx) => {
    const letter = await selectDeadLetter(tx.db, id);
    if (letter?.status !== "dead") throw deadLetterMissing({ id });
    const fault = await recordAgain(tx, JSON.parse(Buffer.from(letter.raw).toString("utf8")));
    await (fault === undefined ? closeDeadLetter(tx, id, "retried") : countFailedRetry(tx, id, fault));
    return fault;
  });
}

async function recordAgain(tx: Tx, raw: unknown): Promise<EventFault | undefined> {
  const parsed = parseEvent(raw);
  if ("fault" in parsed) return parsed.fault;
  const result = await attempt(tx, async (inner) => {
    const recorded = await recordFacts(inner, parsed.facts);
    await forgetWithdrawn(inner, recorded.withdrawn);
    return recorded;
  });
  if ("error" in result) return { code: "not_applied", message: messageOf(result.error) };
  // It would be gone without having been recorded anywhere.
  return result.value.ignored.length > 0
    ? { code: "room_not_mirrored", message: "The event's room is not mirrored." }
    : undefined;
}

/** Gives a dead letter up. The raw event is erased, the fact that there was one stays. Throws `dead_letter_missing`. */
export async function dropDeadLetter({ database }: Pick<IngestDeps, "database">, id: string): Promise<void> {
  await transact(database, bridgeActor, async (tx) => {
    const letter = await selectDeadLetter(tx.db, id);
    if (letter?.status !== "dead") throw deadLetterMissing({ id });
    await closeDeadLetter(tx, id, "dropped");
  });
}

const pieceSize = 500;

/** Drops dead letters that came before a moment: nobody has decided about them in time. Gives how many. */
export async function dropOldLetters(database: Database, before: Date): Promise<number> {
  let total = 0;
  for (;;) {
    const dropped = await transact(database, bridgeActor, (tx) => dropLettersBefore(tx, before, pieceSize));
    total += dropped;
    if (dropped < pieceSize) return total;
  }
}

/**
 * Finds the waiting dead letters that somebody wrote or that are about their membership, and drops them unless it is only
 * to be known how many there are.
 */
export async function dropLettersOf(
  database: Database,
  matrixId: string,
  { onlyCount }: { onlyCount: boolean },
): Promise<number> {
  let total = 0;
  let after = "";
  for (;;) {
    const page = await selectRawLetters(database.db, after, pieceSize);
    const theirs = page.filter(({ raw }) => isOf(matrixId, raw));
    total += theirs.length;
    if (!onlyCount && theirs.length > 0) {
      await transact(database, bridgeActor, async (tx) => {
        for (const { id } of theirs) await closeDeadLetter(tx, id, "dropped");
      });
    }
    after = page.at(-1)?.id ?? "";
    if (page.length < pieceSize) return total;
  }
}

function isOf(matrixId: string, raw: Uint8Array): boolean {
  const event: unknown = JSON.parse(Buffer.from(raw).toString("utf8"));
  return stringAt(event, "sender") === matrixId || stringAt(event, "state_key") === matrixId;
}
