import { Command } from "commander";
import { type Tx, transact } from "../db/index.ts";
import { type Freeze, type FreezeTarget, freezeRefused } from "../domain/governance/index.ts";
import {
  findLinkedRoom,
  freezePlace,
  type PlaceWish,
  readChannelStatus,
  unfreezePlace,
} from "../domain/messaging/index.ts";
import { requireMicrodao } from "../domain/tenancy/index.ts";
import { encodeId } from "../kernel/ids.ts";
import { operator } from "./operator/open-database.ts";
import { print } from "./operator/print.ts";
import { roomNotLinked } from "./rooms/errors.ts";
import { findRoom } from "./rooms/find-room.ts";
import { type RoomsDeps, withRooms } from "./rooms/open-rooms.ts";

interface Options {
  readonly reason?: string;
  readonly json?: true;
}

const place = "a microDAO (microdao:7, md_…), or a room by its id, alias, channel id (c_…) or slug";

/** `microdao freeze`: the kill switch of a channel or a microDAO. */
export function freezeCommand(): Command {
  return new Command("freeze")
    .description("silence all agents in a channel or a microDAO; people go on and are mirrored")
    .argument("<place>", place)
    .requiredOption("--reason <words>", "why; it is said in the room")
    .option("--json", "print JSON")
    .action((name: string, options: Options) =>
      withRooms({ withJobs: true }, async (deps) => {
        const reason = (options.reason ?? "").trim();
        if (!/^\P{C}{1,300}$/u.test(reason)) throw freezeRefused({});
        const { wish, freeze } = await inPlace(deps, name, (tx, found) =>
          freezePlace(tx, { ...found, reason }),
        );
        print(options, present(wish.target, freeze), () => [
          `Agents are silent in ${name} since ${freeze.createdAt.toISOString()}: ${freeze.reason}`,
        ]);
      }),
    );
}

/** `microdao unfreeze` */
export function unfreezeCommand(): Command {
  return new Command("unfreeze")
    .description("let the agents of a channel or a microDAO speak again")
    .argument("<place>", place)
    .option("--json", "print JSON")
    .action((name: string, options: Options) =>
      withRooms({ withJobs: true }, async (deps) => {
        const { wish, freeze } = await inPlace(deps, name, unfreezePlace);
        print(options, present(wish.target, undefined), () => [
          freeze === undefined ? `${name} was not frozen.` : `Agents may speak in ${name} again.`,
        ]);
      }),
    );
}

async function inPlace<F>(
  deps: RoomsDeps,
  name: string,
  work: (tx: Tx, wish: PlaceWish) => Promise<F>,
): Promise<{ readonly wish: PlaceWish; readonly freeze: F }> {
  const wish = await findPlace(deps, name);
  return { wish, freeze: await transact(deps.database, operator, (tx) => work(tx, wish)) };
}

async function findPlace(deps: RoomsDeps, name: string): Promise<PlaceWish> {
  const { db } = deps.database;
  if (/^(?:microdao:|md_)/.test(name)) {
    const { id: microdaoId } = await requireMicrodao(db, name);
    return { target: { microdaoId }, microdaoId };
  }
  const { roomId } = await findRoom(deps, name);
  const channelId = (await findLinkedRoom(db, roomId))?.channelId;
  const channel = channelId == null ? undefined : await readChannelStatus(db, channelId);
  if (channelId == null || channel === undefined) throw roomNotLinked({ room: roomId });
  const { id: microdaoId } = await requireMicrodao(db, channel.microdaoExternalId);
  return { target: { channelId }, microdaoId };
}

function present(target: FreezeTarget, freeze: Freeze | undefined): object {
  const named =
    "channelId" in target
      ? { channelId: encodeId("c", target.channelId) }
      : { microdaoId: encodeId("md", target.microdaoId) };
  return { ...named, frozen: freeze !== undefined, reason: freeze?.reason ?? null };
}
