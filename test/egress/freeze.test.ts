import { describe, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { findAgent, setAgentStatus } from "../../src/domain/governance/index.ts";
import { freezePlace, postMessage } from "../../src/domain/messaging/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { bug } from "../../src/kernel/errors.ts";
import { type EgressWorld, type Place } from "./egress-world.ts";
import { openWorldForEach } from "./world-for-each.ts";

let world: EgressWorld;
let place: Place;

openWorldForEach((fresh) => {
  ({ world, place } = fresh);
});

async function agentIn(code: string): Promise<string> {
  const id = await world.addAgent(code);
  world.fake.setMembership(place.roomId, `@dao_${code}:test`, "join");
  return id;
}

async function freeze(where: "channel" | "microdao"): Promise<void> {
  const [channel] = await world.sql<{ microdaoId: string }>(
    `SELECT microdao_id::text AS "microdaoId" FROM channels WHERE id = $1::uuid`,
    place.channelId,
  );
  const microdaoId = channel?.microdaoId ?? "";
  const target = where === "channel" ? { channelId: place.channelId } : { microdaoId };
  await transact(world.database, bridgeActor, (tx) =>
    freezePlace(tx, { target, microdaoId, reason: "test", isTold: true }),
  );
}

const states = () =>
  world.sql<{ state: string; code: string | null; n: number }>(
    `SELECT state, last_error_code AS code, count(*)::int AS n FROM matrix.sends GROUP BY 1, 2 ORDER BY 1 DESC`,
  );

describe("what agents have queued when they are silenced", () => {
  it("of a hundred sends none begins after the freeze, and the bot still speaks", async () => {
    const agents = await Promise.all(["a", "b", "c", "d"].map(agentIn));
    for (let number = 0; number < 100; number += 1) {
      await world.post(place, agents[number % 4] ?? "", `message ${number}`);
    }
    const bridge = await findAgent(world.database.db, "agent:bridge");
    if (bridge === undefined) throw bug("the bridge has no agent");
    let frozen: Promise<void> | undefined;
    let begun = 0;
    world.fake.onEvent(() => {
      if (world.fake.messages(place.roomId).length === 12) {
        frozen ??= freeze("channel").then(() => {
          begun = world.fake.requests.filter(({ path }) => path.includes("/send/")).length;
        });
      }
    });
    await world.deliver();
    await frozen;
    const sent = world.fake.messages(place.roomId).length;
    // At that moment each of the four lanes may have had one in its hands.
    expect(begun).toBeGreaterThanOrEqual(12);
    expect(sent).toBeLessThanOrEqual(begun + 4);
    expect(await states()).toEqual([
      { state: "sent", code: null, n: sent },
      { state: "failed", code: "channel_frozen", n: 100 - sent },
    ]);
    await transact(world.database, bridgeActor, (tx) =>
      postMessage(tx, {
        channelId: place.channelId,
        agentId: bridge.id,
        body: { text: "agents are silent" },
      }),
    );
    await world.deliver();
    expect(world.fake.messages(place.roomId).at(-1)?.content["body"]).toBe("agents are silent");
    await expect(world.post(place, agents[0] ?? "", "again")).rejects.toMatchObject({
      code: "channel_frozen",
    });
  });

  it("a send that comes back to be tried again is not tried again", async () => {
    const agent = await agentIn("a");
    world.fake.fail({ method: "PUT", path: /send/ }, { kind: "limited", retryAfterMs: 1 });
    await world.post(place, agent, "once");
    await world.deliver();
    await freeze("microdao");
    await world.deliver();
    expect(await states()).toEqual([{ state: "failed", code: "microdao_frozen", n: 1 }]);
    expect(world.fake.messages(place.roomId)).toEqual([]);
  });

  it("a send whose worker died is not taken up again", async () => {
    await world.post(place, await agentIn("a"), "half sent");
    await world.sql(
      `UPDATE matrix.sends SET state = 'sending', leased_until = now() - interval '1 s', attempts = 1`,
    );
    await freeze("channel");
    await world.deliver();
    expect(await states()).toEqual([{ state: "failed", code: "channel_frozen", n: 1 }]);
  });

  it.each(["suspended", "revoked"] as const)("nothing of a %s agent goes out", async (status) => {
    const [one, other] = [await agentIn("a"), await agentIn("b")];
    await world.post(place, one, "from the one");
    await world.post(place, other, "from the other");
    await transact(world.database, bridgeActor, (tx) => setAgentStatus(tx, "agent:a", status));
    await world.deliver();
    expect(world.fake.messages(place.roomId).map(({ content }) => content["body"])).toEqual([
      "from the other",
    ]);
    expect(await states()).toEqual([
      { state: "sent", code: null, n: 1 },
      { state: "failed", code: "subject_inactive", n: 1 },
    ]);
  });
});
