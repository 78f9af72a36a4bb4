import { type Config, configInvalid, loadCommandConfig, missingSettings } from "../../config/index.ts";
import { openDatabase, openJobQueue } from "../../db/index.ts";
import { tellFreezeJob } from "../../domain/messaging/index.ts";
import { systemClock } from "../../kernel/clock.ts";
import { noCounters } from "../../kernel/counters.ts";
import { silentLog } from "../../kernel/log.ts";
import { type Homeserver, openHomeserver } from "../../matrix/homeserver/index.ts";
import { ingestEvents } from "../../matrix/ingest/ingest-events.ts";
import type { LinkingDeps } from "../../matrix/linking/deps.ts";
import { leaveRoomJob } from "../../matrix/linking/jobs.ts";
import { botUserId, requireUsableRegistration } from "../../matrix/registration/index.ts";
import { registrationNames } from "../registration-names.ts";

const poolSize = 3;
/** What commands leave to the bridge. */
const asked = [leaveRoomJob, tellFreezeJob];
/** What the bridge needs for its API only is not asked for. */
const needed = ["DATABASE_URL", "MATRIX_HOMESERVER_URL", "MATRIX_SERVER_NAME"];

export interface RoomsDeps extends LinkingDeps {
  readonly homeserver: Homeserver;
}

/**
 * What the commands about rooms work with, beside a bridge that may be running. `withJobs`: the command leaves work to
 * that bridge. What it asks to be said is delivered by the bridge, too.
 */
export async function withRooms<T>(
  options: { readonly withJobs: boolean },
  work: (deps: RoomsDeps) => Promise<T>,
): Promise<T> {
  const config = loadRoomsConfig();
  const names = registrationNames(config);
  const registration = await requireUsableRegistration(config.registrationPath, names);
  const log = silentLog;
  const queue = options.withJobs ? await openJobQueue(config.databaseUrl, asked, log) : undefined;
  const database = openDatabase({
    url: config.databaseUrl,
    poolSize,
    clock: systemClock,
    log,
    ...(queue !== undefined && { queue }),
  });
  const bot = botUserId(names);
  // Only what is pushed makes anybody react; history and snapshots do not.
  const namespace = { botUserId: bot, isGhost: () => false };
  const ingest = {
    database,
    log,
    counters: noCounters,
    namespace,
    triggerMaxAgeMs: config.triggerMaxAgeMinutes * 60_000,
  };
  try {
    return await work({
      database,
      homeserver: openHomeserver({
        url: config.homeserverUrl,
        token: registration.asToken,
        clock: systemClock,
        botUserId: bot,
      }),
      ingest: (events, source) => ingestEvents(ingest, events, { source, txnId: null }),
      botUserId: bot,
      defaultMicrodao: config.defaultMicrodao,
      log,
      counters: noCounters,
      wakeEgress: () => undefined,
    });
  } finally {
    await queue?.close();
    await database.close();
  }
}

type RoomsConfig = Config & { databaseUrl: string; homeserverUrl: string; serverName: string };

function loadRoomsConfig(): RoomsConfig {
  const config = loadCommandConfig();
  const faults = missingSettings(config, "serve").filter(({ path }) => needed.includes(path));
  if (faults.length > 0) throw configInvalid({ faults });
  return config as RoomsConfig;
}
