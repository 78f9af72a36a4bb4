import type { Database } from "../db/index.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import { resumeBackfills } from "../matrix/backfill/resume-backfills.ts";
import { resumeLinking } from "../matrix/linking/resume-linking.ts";
import { resumeUpgrades } from "../matrix/room-life/resume-upgrades.ts";
import { readSpacesAgain } from "../matrix/spaces/read-spaces-again.ts";
import { resumePowers } from "../matrix/spaces/resume-powers.ts";
import { resumeRooms } from "../matrix/spaces/resume-rooms.ts";

const everyMs = 60_000;

/** Asks again for links, upgrades and backfills that somebody left half done: at once for all of them, then every minute for stalled ones. */
export function resumeStalledWork(database: Database, log: Log): { stop(): void } {
  const resume = async (atStart: boolean) => {
    try {
      await resumeLinking(database, { atStart });
      await resumeRooms(database, { atStart });
      await resumePowers(database, { atStart });
      await resumeUpgrades(database, { atStart });
      await resumeBackfills(database, { atStart });
      await readSpacesAgain(database);
    } catch (error) {
      log.warn({ reason: messageOf(error) }, "stalled work could not be taken up again");
    }
  };
  void resume(true);
  const timer = setInterval(() => void resume(false), everyMs);
  return { stop: () => clearInterval(timer) };
}
