import { echoModel } from "../../src/adapters/llm/echo.ts";
import { openAiCompatible } from "../../src/adapters/llm/openai-compatible.ts";
import { type Database, transact } from "../../src/db/index.ts";
import type { AgentRuntime } from "../../src/domain/agents/index.ts";
import { openSealer, seedGovernance } from "../../src/domain/governance/index.ts";
import { builtinRuntime, type RuntimeDeps, type Utterance } from "../../src/domain/runtime/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { type FakeModel, startFakeModel } from "../support/fake-model.ts";
import { recordingLog } from "../support/recording-log.ts";
import { openRunsWorld, type RunsWorld } from "./runs-world.ts";

export const apiKey = "sk-runtime-secret-123456";

export interface RuntimeWorld extends RunsWorld {
  readonly model: FakeModel;
  readonly log: ReturnType<typeof recordingLog>;
  readonly runtime: (more?: Partial<RuntimeDeps>) => AgentRuntime;
  /** What was said before, as Matrix would tell it. */
  readonly before: Utterance[];
  /** What is asked. */
  question: string;
  /** Gives Sofia these settings. */
  configure(config: object): Promise<void>;
  /** Makes alice a member with this role. */
  giveRole(role: string): Promise<void>;
  sends(): Promise<SendRow[]>;
}

export interface SendRow {
  readonly id: string;
  readonly kind: string;
  readonly content: { body: string; msgtype: string; "m.new_content"?: { body: string } };
}

export async function openRuntimeWorld(database: Database): Promise<RuntimeWorld> {
  const runs = await openRunsWorld(database);
  const fakeModel = await startFakeModel();
  const log = recordingLog();
  const before: Utterance[] = [];
  const world: RuntimeWorld = {
    ...runs,
    model: fakeModel,
    log,
    before,
    question: "What is due?",
    runtime: (more = {}) =>
      builtinRuntime({
        database,
        wakeEgress: () => undefined,
        models: {
          openModel: (endpoint) => openAiCompatible({ ...endpoint, clock: systemClock }),
          offline: echoModel,
          endpoint: { baseUrl: fakeModel.baseUrl, apiKey, model: "test-1", prices: { input: 1, output: 2 } },
          sealer: openSealer(new Uint8Array(32).fill(7)),
        },
        readTalk: ({ eventId }) =>
          Promise.resolve({ question: { eventId, sender: "@alice:test", text: world.question }, before }),
        showTyping: ({ matrixId }) => {
          runs.typing.push(`${matrixId} on`);
          return () => void runs.typing.push(`${matrixId} off`);
        },
        fetchPage: ({ url }) =>
          Promise.resolve({ url, status: 200, contentType: "text/plain", text: "a page", cut: false }),
        contextTokens: 2_000,
        log,
        ...more,
      }),
    configure: async (config) => {
      await runs.sql(
        `UPDATE agents SET config = $1::jsonb WHERE id = $2::uuid`,
        JSON.stringify(config),
        runs.sofia,
      );
    },
    giveRole: async (role) => {
      await runs.sql(
        `INSERT INTO microdao_members (id, microdao_id, user_id, role)
         SELECT gen_random_uuid(), c.microdao_id, u.id, $1 FROM channels c, users u
          WHERE c.id = $2::uuid AND u.matrix_id = '@alice:test'
         ON CONFLICT (microdao_id, user_id) DO UPDATE SET role = excluded.role`,
        role,
        runs.place.channelId,
      );
      await runs.sql(
        `INSERT INTO channel_members (id, channel_id, member_user_id, member_agent_id, role, membership)
         SELECT gen_random_uuid(), $1::uuid, u.id, NULL::uuid, 'member', 'join' FROM users u WHERE u.matrix_id = '@alice:test'
          UNION ALL SELECT gen_random_uuid(), $1::uuid, NULL, $2::uuid, 'agent', 'join'
         ON CONFLICT DO NOTHING`,
        runs.place.channelId,
        runs.sofia,
      );
    },
    sends: () =>
      runs.sql<SendRow>(`SELECT id::text AS id, kind, content FROM matrix.sends ORDER BY created_at, id`),
    close: async () => {
      await fakeModel.stop();
      await runs.sql("DELETE FROM tasks");
      await runs.sql("DELETE FROM microdao_members");
      await runs.close();
    },
  };
  await transact(database, bridgeActor, seedGovernance);
  await runs.sql("DELETE FROM audit_log");
  await runs.sql("DELETE FROM quotas");
  // Agents without a config of their own mean the model of the settings.
  await runs.sql(`UPDATE agent_blueprints SET model = 'default'`);
  return world;
}
