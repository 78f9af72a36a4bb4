import { Command } from "commander";
import { transact } from "../db/index.ts";
import { findLinkedRoom, findRetention, retentionInvalid, setRetention } from "../domain/messaging/index.ts";
import { encodeId } from "../kernel/ids.ts";
import type { LinkingDeps } from "../matrix/linking/deps.ts";
import { operator } from "./operator/open-database.ts";
import { print } from "./operator/print.ts";
import { roomNotLinked } from "./rooms/errors.ts";
import { findRoom } from "./rooms/find-room.ts";
import { withRooms } from "./rooms/open-rooms.ts";

interface Options {
  readonly json?: true;
}

/** `microdao retention`: for how long a channel's words are kept. */
export function retentionCommand(): Command {
  return new Command("retention")
    .description(
      "show or set for how many days a channel's words are kept; the running bridge removes older ones",
    )
    .argument("<room>", "a room id (!…), an alias (#…), a channel id (c_…) or a channel's slug")
    .argument("[days]", "a number of days, or off")
    .option("--json", "print JSON")
    .action((room: string, days: string | undefined, options: Options) =>
      withRooms({ withJobs: false }, (deps) => retention(deps, { room, days }, options)),
    );
}

async function retention(
  deps: LinkingDeps,
  { room, days }: { room: string; days: string | undefined },
  options: Options,
): Promise<void> {
  const { roomId } = await findRoom(deps, room);
  const channelId = (await findLinkedRoom(deps.database.db, roomId))?.channelId;
  if (channelId == null) throw roomNotLinked({ room: roomId });
  if (days !== undefined) {
    const wanted = daysOf(days);
    await transact(deps.database, operator, (tx) => setRetention(tx, { channelId, days: wanted }));
  }
  const now = await findRetention(deps.database.db, channelId);
  const result = {
    channelId: encodeId("c", channelId),
    days: now?.days ?? null,
    keptFrom: now?.keptFrom ?? null,
  };
  print(options, result, () => [
    result.days === null ? "Words are kept without limit." : `Words are kept for ${result.days} days.`,
    ...(result.keptFrom === null
      ? []
      : [`What was said before ${result.keptFrom.toISOString()} is gone, and what agents remembered.`]),
  ]);
}

function daysOf(text: string): number | null {
  if (text === "off") return null;
  if (!/^\d{1,6}$/.test(text)) throw retentionInvalid({});
  return Number(text);
}
