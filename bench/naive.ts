/**
 * What a user of matrix-appservice-bridge writes today: a `Bridge` with its own listener, and an `onEvent` that stores
 * each event through Prisma, two upserts and one create. The library acknowledges the transaction before any of that is
 * done, so its speed is counted when the rows are there.
 *
 * Every event becomes one row of `messages`, as in the floor. It uses this project's tables and generated client. Two
 * options make it faster than the library's defaults: no file stores, and no look-up of the original of each edit.
 *
 * Run: `node bench/naive.ts <database-url> <homeserver-url> <port>`; prints `{"url": …}` when it listens.
 */
import { PrismaPg } from "@prisma/adapter-pg";
import { AppServiceRegistration, Bridge, type WeakEvent } from "matrix-appservice-bridge";
import { PrismaClient } from "../src/db/generated/client.ts";
import { systemClock } from "../src/kernel/clock.ts";
import { newUuid } from "../src/kernel/ids.ts";
import { serverName } from "./generator.ts";
import { asToken, hsToken, microdaoId, type ReadyLine } from "./protocol.ts";

const [databaseUrl = "", homeserverUrl = "", port = ""] = process.argv.slice(2);
const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl }) });

const registration = AppServiceRegistration.fromObject({
  id: "naive",
  url: `http://127.0.0.1:${port}`,
  as_token: asToken,
  hs_token: hsToken,
  sender_localpart: "naive",
  namespaces: { users: [{ regex: `@naive_.*:${serverName}`, exclusive: true }], aliases: [], rooms: [] },
});

const bridge = new Bridge({
  homeserverUrl,
  domain: serverName,
  registration,
  disableStores: true,
  eventValidation: {},
  controller: {
    onUserQuery: () => null,
    onEvent: (request) => {
      void store(request.getData());
    },
  },
});

/**
 * One event: who, where, what. The upserts have something to update, because only then does Prisma make one `INSERT … ON
 * CONFLICT` of each; with an empty update it makes a transaction of several statements, which is slower and fails when
 * two events of a new sender come together.
 */
async function store(event: WeakEvent): Promise<void> {
  const now = systemClock.now();
  const handle = event.sender.split(":")[0] ?? null;
  const user = await prisma.user.upsert({
    where: { matrixId: event.sender },
    create: { id: newUuid(now), matrixId: event.sender, handle },
    update: { handle },
  });
  const channel = await prisma.channel.upsert({
    where: { matrixRoomId: event.room_id },
    create: {
      id: newUuid(now),
      matrixRoomId: event.room_id,
      slug: event.room_id,
      name: event.room_id,
      microdaoId,
      visibility: "private",
    },
    update: { name: event.room_id },
  });
  const { body } = event.content as { body?: unknown };
  await prisma.message.create({
    data: {
      id: newUuid(now),
      channelId: channel.id,
      matrixEventId: event.event_id,
      senderUserId: user.id,
      senderType: "human",
      kind: "text",
      contentPreview: typeof body === "string" ? body.slice(0, 280).toWellFormed() : event.type,
      createdAt: new Date(event.origin_server_ts),
    },
  });
}

await bridge.run(Number(port), undefined, "127.0.0.1");
process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` } satisfies ReadyLine)}\n`);
process.once("SIGTERM", () => void bridge.close().then(() => prisma.$disconnect()));
