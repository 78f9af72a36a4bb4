import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { type OpenTestDatabase, openTestDatabase } from "./egress-database.ts";
import { type EgressWorld, openEgressWorld, type Place } from "./egress-world.ts";

export interface FreshWorld {
  readonly test: OpenTestDatabase;
  readonly world: EgressWorld;
  /** The channel `general`. */
  readonly place: Place;
  /** The uuid of the agent `sofia`, whose user is in no room yet. */
  readonly sofia: string;
}

/** One database for the tests of a file; before each of them `take` is given an empty world with a channel and an agent. */
export function openWorldForEach(take: (fresh: FreshWorld) => void): void {
  let test: OpenTestDatabase;
  let world: EgressWorld;
  beforeAll(async () => {
    test = await openTestDatabase();
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    world = await openEgressWorld(test.database);
    take({ test, world, place: await world.addChannel("general"), sofia: await world.addAgent("sofia") });
  });
  afterEach(() => world.close());
}
