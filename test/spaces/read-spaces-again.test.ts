import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SyncSpacePayload, syncSpaceJob } from "../../src/domain/messaging/index.ts";
import { readSpacesAgain } from "../../src/matrix/spaces/read-spaces-again.ts";
import { alice, member, state } from "../support/matrix-events.ts";
import { openWorld, type World } from "../support/world.ts";

const space = "!space:test";
let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.rows(
    `INSERT INTO matrix.rooms (room_id, status, mirrored, space_read_at) VALUES ($1, 'joined', false, now())`,
    space,
  );
});
afterAll(() => world.close());

const asked = () => world.takeJobs<SyncSpacePayload>(syncSpaceJob);

describe("spaces are read", () => {
  it("once for people who come in a burst, however many transactions tell of them", async () => {
    for (let n = 0; n < 40; n += 1) {
      await world.push([member(`@guest${String(n)}:test`, "join", { room_id: space })]);
    }
    const waiting = await world.rows<{ late: boolean }>(
      `SELECT start_after > created_on AS late FROM pgboss.job WHERE name = $1`,
      syncSpaceJob.name,
    );
    expect(waiting.every(({ late }) => late)).toBe(true);
    // As many as there were spans of some seconds while the events came.
    expect((await asked()).length).toBeLessThan(8);
  });

  it("at once when their rooms change", async () => {
    const child = { room_id: space, sender: alice, state_key: "!child:test" };
    await world.push([state("m.space.child", { via: ["test"] }, child)]);
    expect(await asked()).toEqual([{ spaceId: space }]);
  });

  it("again after hours in which nothing was told, once", async () => {
    expect(await readSpacesAgain(world.database)).toBe(0);
    await world.rows(
      "UPDATE matrix.rooms SET space_read_at = now() - interval '7 hours' WHERE room_id = $1",
      space,
    );
    await readSpacesAgain(world.database);
    await readSpacesAgain(world.database);
    expect(await asked()).toMatchObject([{ spaceId: space }]);
  });
});
