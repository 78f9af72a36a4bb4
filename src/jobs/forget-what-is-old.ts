import { type Database, transact } from "../db/index.ts";
import { clearOldPrompts } from "../domain/agents/index.ts";
import { forgetSilenced } from "../domain/memory/index.ts";
import { forgetUploads, removeOldWords, silenceConfidential } from "../domain/messaging/index.ts";
import { clearEndedCalls } from "../domain/runtime/index.ts";
import { bridgeActor } from "../kernel/actor.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import { dropOldLetters } from "../matrix/ingest/index.ts";
import { deleteOldRefusals } from "../matrix/linking/refused-joins-store.ts";

const everyMs = 60 * 60_000;
const dayMs = 86_400_000;
/** For so long the same file is not uploaded again. */
const uploadDays = 7;
/** For so long an operator sees why an invitation could not be accepted. */
const refusalDays = 30;

export interface ForgetDeps {
  readonly database: Database;
  readonly log: Log;
  /** For how many days events that could not be processed are kept. */
  readonly deadLetterDays: number;
}

/** Removes what is not to be kept any longer: at the start, then every hour. Several processes may do it at once. */
export function forgetRegularly(deps: ForgetDeps): { stop(): void } {
  const forget = async () => {
    try {
      await forgetWhatIsOld(deps);
    } catch (error) {
      deps.log.warn(
        { reason: messageOf(error) },
        "what is too old could not be removed; tried again in an hour",
      );
    }
  };
  void forget();
  const timer = setInterval(() => void forget(), everyMs);
  return { stop: () => clearInterval(timer) };
}

/** Words of channels that have become confidential, words that are older than their channel keeps, and dead letters that are older than their window. */
export async function forgetWhatIsOld({ database, log, deadLetterDays }: ForgetDeps): Promise<void> {
  const silenced = await silenceConfidential(database);
  const words = await removeOldWords(database);
  await transact(database, bridgeActor, async (tx) => {
    await forgetSilenced(tx);
    await clearOldPrompts(tx);
    await clearEndedCalls(tx);
    await deleteOldRefusals(tx, new Date(tx.now.getTime() - refusalDays * dayMs));
  });
  const before = new Date(database.clock.now().getTime() - deadLetterDays * dayMs);
  const deadLetters = await dropOldLetters(database, before);
  const forgotten = new Date(database.clock.now().getTime() - uploadDays * dayMs);
  await transact(database, bridgeActor, (tx) => forgetUploads(tx, forgotten));
  if (words.messages + words.edits + words.reactions + deadLetters + silenced > 0) {
    log.info({ ...words, deadLetters, silenced }, "what was too old was removed");
  }
}
