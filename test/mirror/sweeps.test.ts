import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { removeOldWords, silenceConfidential } from "../../src/domain/messaging/index.ts";
import { ApiWorld } from "../http/api-world.ts";

const channels = 10_000;
const limited = 20;
let world: ApiWorld;
beforeAll(async () => {
  world = await ApiWorld.open();
  const { id } = await world.microdao("Dao", "alice");
  await world.sql(
    `INSERT INTO channels (id, slug, name, microdao_id, matrix_room_id, visibility, retention_days)
     SELECT gen_random_uuid(), 'channel-' || n, 'channel-' || n, $1::uuid, '!sweep' || n || ':test', 'private',
            CASE WHEN n <= $2::int THEN 30 END
       FROM generate_series(1, $3::int) n`,
    [id, limited, channels],
  );
  await world.sql(
    `INSERT INTO matrix.rooms (room_id, channel_id, status) SELECT matrix_room_id, id, 'joined' FROM channels`,
  );
});
afterAll(() => world.close());

describe("sweeps over ten thousand rooms", () => {
  it("look for what is too old only where words are not kept for ever", async () => {
    const { statements } = await world.counting(() => removeOldWords(world.database));
    expect(statements.length).toBeGreaterThan(limited);
    expect(statements.length).toBeLessThanOrEqual(1 + 8 * limited);
  });

  it("find channels of confidential teams that still hold words in one statement", async () => {
    const { statements } = await world.counting(() => silenceConfidential(world.database));
    expect(statements).toHaveLength(1);
  });
});
