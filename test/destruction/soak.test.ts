import { expect, it } from "vitest";
import { openDatabase } from "../../src/db/index.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { createTestDatabase } from "../support/database.ts";
import { expectAllStored, expectOutboxMatches } from "./mirror-truth.ts";
import { chooseSeed, linkRooms, openRig } from "./rig.ts";

const all = 30_000;
const first = 10_000;

it(`153: ${all} events leave the process about as large as the first ${first}, and are all there`, async () => {
  const own = await createTestDatabase();
  const database = openDatabase({ url: own.url, poolSize: 1, clock: systemClock, log: silentLog });
  await linkRooms(database);
  const rig = await openRig({ seed: chooseSeed(import.meta.filename), databaseUrl: own.url });
  const { sender, history, bridge } = rig;
  const running = await bridge.start();
  await sender.settled();
  const send = async (events: number) => {
    for (let sent = 0; sent < events; sent += 500) {
      sender.offer(...history(500));
      while (sender.pending > 500) await sender.nextRequest();
    }
    await sender.settled();
  };
  await send(first);
  const before = running.rssMiB();
  await send(all - first);
  const after = running.rssMiB();
  console.info(`${before.toFixed(0)} MiB after ${first} events, ${after.toFixed(0)} MiB after ${all}`);
  expect(after).toBeLessThan(before * 1.5);
  await expectAllStored(database.db, sender.acknowledged);
  await expectOutboxMatches(database.db);
  expect(sender.answers.filter(({ status, isRetry }) => status !== 200 && !isRetry).length).toBeLessThan(2);
  await rig.close();
  await database.close();
  await own.drop();
});
