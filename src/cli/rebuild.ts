import { Command } from "commander";
import { findLinkedRoom } from "../domain/messaging/index.ts";
import { rebuildRoom } from "../matrix/reconcile/rebuild-room.ts";
import { print } from "./operator/print.ts";
import { roomNotLinked } from "./rooms/errors.ts";
import { findRoom } from "./rooms/find-room.ts";
import { type RoomsDeps, withRooms } from "./rooms/open-rooms.ts";
import { showCount } from "./rooms/show-count.ts";

interface RebuildCommandOptions {
  readonly force?: true;
  readonly json?: true;
}

/** `microdao rebuild`: makes a room's rows anew from the homeserver. */
export function rebuildCommand(): Command {
  return new Command("rebuild")
    .description(
      "make a room's rows anew from the homeserver; it may be killed and run again, and loses nothing",
    )
    .argument("<room>", "a room id (!…), an alias (#…), a channel id (c_…) or a channel's slug")
    .option("--force", "drop rows of events that the homeserver has no longer")
    .option("--json", "print JSON")
    .action((room: string, options: RebuildCommandOptions) =>
      withRooms({ withJobs: false }, (deps) => rebuild(deps, room, options)),
    );
}

async function rebuild(deps: RoomsDeps, name: string, options: RebuildCommandOptions): Promise<void> {
  const { roomId } = await findRoom(deps, name);
  const room = await findLinkedRoom(deps.database.db, roomId);
  if (room?.channelId == null || !room.mirrored || room.status !== "joined")
    throw roomNotLinked({ room: roomId });
  const count = showCount(process.stderr, 1);
  const onPage = (events: number) => {
    count.events(events);
  };
  try {
    const { events, lost } = await rebuildRoom(deps, roomId, { force: options.force === true, onPage });
    print(options, { roomId, events, lost }, () => [
      `${roomId}: rebuilt from ${events} events${lost === 0 ? "" : `; rows of ${lost} are gone`}`,
    ]);
  } finally {
    count.end();
  }
}
