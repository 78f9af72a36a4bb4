import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { transact } from "../db/index.ts";
import { findLinkedRoom, type LinkedRoom, listMirroredRooms } from "../domain/messaging/index.ts";
import type { LinkingDeps } from "../matrix/linking/deps.ts";
import { makeDue } from "../matrix/reconcile/ledger-store.ts";
import { handleReconcile } from "../matrix/reconcile/reconcile-room.ts";
import { operator } from "./operator/open-database.ts";
import { print } from "./operator/print.ts";
import { roomBusy, roomNotLinked, roomsNotNamed, roomUnreadable } from "./rooms/errors.ts";
import { findRoom } from "./rooms/find-room.ts";
import { withRooms } from "./rooms/open-rooms.ts";
import { type Count, showCount } from "./rooms/show-count.ts";

interface ReconcileCommandOptions {
  readonly all?: true;
  readonly json?: true;
}

/** What became of a room. */
interface ComparedRoom {
  readonly roomId: string;
  readonly events: number;
  /** Events that had been missing. */
  readonly found: number;
  /** Why it could not be compared, in the homeserver's words. */
  readonly unreadable: string | null;
}

const lookMs = 1_000;
/** A process that holds a room and has died lets go of it after a minute. */
const looks = 90;

/** `microdao reconcile`: compares rooms with the homeserver in this process, beside a bridge that may be running. */
export function reconcileCommand(): Command {
  return new Command("reconcile")
    .description(
      "compare mirrored rooms with the homeserver and put in what is missing, state and members included",
    )
    .argument("[room]", "a room id (!…), an alias (#…), a channel id (c_…) or a channel's slug")
    .option("--all", "every mirrored room")
    .option("--json", "print JSON")
    .action((room: string | undefined, options: ReconcileCommandOptions) =>
      withRooms({ withJobs: false }, (deps) => reconcile(deps, room, options)),
    );
}

async function reconcile(
  deps: LinkingDeps,
  name: string | undefined,
  options: ReconcileCommandOptions,
): Promise<void> {
  const rooms =
    options.all === true
      ? (await listMirroredRooms(deps.database.db)).filter(({ status }) => status === "joined")
      : [await oneRoom(deps, name)];
  const count = showCount(process.stderr, rooms.length);
  const compared: ComparedRoom[] = [];
  try {
    for (const { roomId } of rooms) {
      compared.push(await compareRoom(deps, roomId, count));
      count.roomDone();
    }
  } finally {
    count.end();
  }
  print(options, { rooms: compared }, () =>
    compared.length === 0 ? ["No room is mirrored."] : compared.map(sayCompared),
  );
  const [unreadable] = compared.filter((room) => room.unreadable !== null);
  if (unreadable !== undefined) {
    const { roomId: room, unreadable: reason } = unreadable;
    throw roomUnreadable({ room, botUserId: deps.botUserId, reason: reason ?? "" });
  }
}

async function oneRoom(deps: LinkingDeps, name: string | undefined): Promise<LinkedRoom> {
  if (name === undefined) throw roomsNotNamed({});
  const { roomId } = await findRoom(deps, name);
  const room = await findLinkedRoom(deps.database.db, roomId);
  if (room?.channelId == null || !room.mirrored || room.status !== "joined")
    throw roomNotLinked({ room: roomId });
  return room;
}

async function compareRoom(deps: LinkingDeps, roomId: string, count: Count): Promise<ComparedRoom> {
  await transact(deps.database, operator, (tx) => makeDue(tx, roomId, { state: true }));
  let events = 0;
  let found = 0;
  for (let look = 0; look < looks; ) {
    const onPage = (read: number) => {
      count.events(events + read);
    };
    const done = await handleReconcile(
      deps,
      { roomId },
      { pages: Number.POSITIVE_INFINITY, state: true, onPage },
    );
    if (done.is === "unreadable") return { roomId, events, found, unreadable: done.reason };
    if (done.is === "not-mine") {
      // The running bridge is comparing it; afterwards it is compared once more, whole.
      look += 1;
      await sleep(lookMs);
      continue;
    }
    events += done.events;
    found += done.found;
    if (done.is === "checked") return { roomId, events, found, unreadable: null };
  }
  throw roomBusy({ room: roomId });
}

function sayCompared({ roomId, events, found, unreadable }: ComparedRoom): string {
  if (unreadable !== null) return `${roomId}: cannot be compared (${unreadable})`;
  return `${roomId}: complete; ${events} events were read, ${found} of them had been missing`;
}
