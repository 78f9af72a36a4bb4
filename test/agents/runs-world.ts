import { echoModel } from "../../src/adapters/llm/echo.ts";
import { type Database, transact } from "../../src/db/index.ts";
import {
  type AgentRuntime,
  type ClaimedRun,
  claimRuns,
  type LanguageModel,
  type Performed,
  performRun,
  queueRuns,
  type RunLimits,
  type RunToQueue,
} from "../../src/domain/agents/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { newUuid } from "../../src/kernel/ids.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { type EgressWorld, openEgressWorld, type Place } from "../egress/egress-world.ts";
import { askModel } from "./ask-model.ts";

export interface RunsWorld extends EgressWorld {
  readonly place: Place;
  /** uuid of the agent Sofia, who is in the room of `place`. */
  readonly sofia: string;
  /** Typing notices, as `<who> on` and `<who> off`. */
  readonly typing: string[];
  /** A message in the mirror, and what it asks. */
  ask(eventId: string, more?: Partial<RunToQueue> & { place?: Place; asker?: string }): Promise<RunToQueue>;
  queue(...runs: readonly RunToQueue[]): Promise<string[]>;
  claim(more?: {
    limit?: number;
    leaseMs?: number;
    limits?: RunLimits;
    database?: Database;
  }): Promise<ClaimedRun[]>;
  /** Claims and does what is due, once. */
  work(model?: LanguageModel | AgentRuntime, database?: Database): Promise<Performed[]>;
  runs(): Promise<RunRow[]>;
  topics(): Promise<string[]>;
}

export interface RunRow {
  readonly id: string;
  readonly status: string;
  readonly error: string | null;
  readonly attempts: number;
  readonly session_id: string | null;
  readonly trigger_key: string;
  readonly hop: number;
  readonly output: Record<string, unknown> | null;
  readonly answer_message_id: string | null;
}

export async function openRunsWorld(database: Database): Promise<RunsWorld> {
  await database.db.$executeRawUnsafe("DELETE FROM agent_budgets");
  const world = await openEgressWorld(database);
  const place = await world.addChannel("general");
  const sofia = await world.addAgent("sofia");
  world.fake.setMembership(place.roomId, "@dao_sofia:test", "join");
  const typing: string[] = [];
  const runtimeOf = (model: LanguageModel): AgentRuntime =>
    askModel({
      model,
      readQuestion: () => Promise.resolve("what is the plan?"),
      showTyping: ({ matrixId }) => {
        typing.push(`${matrixId} on`);
        return () => void typing.push(`${matrixId} off`);
      },
    });
  const claim: RunsWorld["claim"] = ({
    limit = 100,
    leaseMs = 20_000,
    limits,
    database: other = database,
  } = {}) =>
    transact(other, bridgeActor, (tx) =>
      claimRuns(tx, { runtime: "builtin", limit, leaseMs, worker: "test", limits }),
    );
  return {
    ...world,
    place,
    sofia,
    typing,
    async ask(eventId, { place: where = place, asker = "@alice:test", ...more } = {}) {
      const now = database.clock.now();
      await world.sql(
        `INSERT INTO users (id, matrix_id) VALUES ($1::uuid, $2) ON CONFLICT DO NOTHING`,
        newUuid(now),
        asker,
      );
      await world.sql(
        `INSERT INTO messages (id, channel_id, matrix_event_id, sender_user_id, sender_type, kind, content_preview,
                               thread_root_event_id)
         SELECT $1::uuid, $2::uuid, $3, id, 'human', 'text', 'x', $4 FROM users WHERE matrix_id = $5`,
        newUuid(now),
        where.channelId,
        eventId,
        more.threadRoot ?? null,
        asker,
      );
      const trigger = { kind: "mention", key: eventId, eventId, asker } as const;
      return { agentId: sofia, channelId: where.channelId, trigger, threadRoot: null, ...more };
    },
    queue: async (...runs) =>
      (await transact(database, bridgeActor, (tx) => queueRuns(tx, runs))).map(({ runId }) => runId),
    claim,
    async work(model = echoModel, other = database) {
      const runtime = "run" in model ? model : runtimeOf(model);
      const deps = { database: other, runtime, wakeEgress: () => undefined, log: silentLog };
      const claimed = await claim({ database: other });
      return Promise.all(claimed.map((run) => performRun(deps, run, new AbortController().signal)));
    },
    runs: () => world.sql<RunRow>(`SELECT * FROM agent_runs ORDER BY seq`),
    async topics() {
      const rows = await world.sql<{ topic: string }>(
        `SELECT topic FROM outbox_events WHERE topic LIKE 'agent.run.%' ORDER BY created_at, topic DESC`,
      );
      return rows.map(({ topic }) => topic);
    },
  };
}
