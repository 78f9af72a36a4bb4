import { transact } from "../../src/db/index.ts";
import { queueRuns } from "../../src/domain/agents/index.ts";
import type { Agent } from "../../src/domain/governance/index.ts";
import type { ApiDeps } from "../../src/http/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { encodeId } from "../../src/kernel/ids.ts";
import { ApiWorld, type ChannelRow } from "../http/api-world.ts";

/** An API in whose world an agent, Sofia, is answered for by programs; alice asks her in channels. */
export interface ProgramsWorld {
  readonly api: ApiWorld;
  readonly sofia: Agent & { readonly apiId: string };
  /** A key of Sofia's. */
  readonly key: string;
  /** A key of an operator, which may manage agents. */
  readonly manager: string;
  readonly microdaoId: string;
  /** What is written in rooms, by event id; undefined: withdrawn; an error: the homeserver is away. */
  readonly words: Map<string, string | Error | undefined>;
  addChannel(): Promise<ChannelRow>;
  /** Alice writes and mentions the agent; gives the run's id. */
  ask(channel: ChannelRow, text: string, agentId?: string): Promise<{ runId: string; eventId: string }>;
  /** An agent that programs answer for, and a key of it. */
  addAgent(code: string, runtime?: "external" | "builtin"): Promise<{ agent: Agent; key: string }>;
  run(runId: string): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

export async function openProgramsWorld(change: Partial<ApiDeps> = {}): Promise<ProgramsWorld> {
  const words = new Map<string, string | Error | undefined>();
  const readQuestion = ({ eventId }: { eventId: string }) => {
    const said = words.get(eventId);
    return said instanceof Error ? Promise.reject(said) : Promise.resolve(said);
  };
  const api = await ApiWorld.open({ readQuestion, ...change });
  const alice = await api.user("alice");
  const { id: microdaoId } = await api.microdao("Commons", "alice");
  let clock = 1_700_000_000_000;
  const addAgent: ProgramsWorld["addAgent"] = async (code, runtime = "external") => {
    const agent = await api.agent(code, microdaoId);
    await api.sql(`UPDATE agents SET config = $2::jsonb WHERE id = $1::uuid`, [
      agent.id,
      JSON.stringify({ runtime, concurrency: 100 }),
    ]);
    const subject = { kind: "agent", id: agent.externalId } as const;
    return { agent, key: await api.key({ subject, microdaoId }) };
  };
  const { agent: sofia, key } = await addAgent("sofia");
  const manager = await api.key({
    subject: { kind: "integration", id: "operator" },
    capabilities: ["agent.manage"],
    microdaoId: null,
  });
  return {
    api,
    sofia: { ...sofia, apiId: encodeId("ag", sofia.id) },
    key,
    manager,
    microdaoId,
    words,
    addAgent,
    async addChannel() {
      const channel = await api.channel(microdaoId, "public");
      await api.member(channel, { user: alice.id });
      return channel;
    },
    async ask(channel, text, agentId = sofia.id) {
      // Alice asks more than a person would.
      await api.sql(`DELETE FROM agent_budgets`);
      const { eventId } = await api.message(channel, alice.id, { at: (clock += 1_000), text });
      words.set(eventId, text);
      const trigger = { kind: "mention", key: eventId, eventId, asker: "@alice:test" } as const;
      const [run] = await transact(api.database, bridgeActor, (tx) =>
        queueRuns(tx, [{ agentId, channelId: channel.id, trigger, threadRoot: null }]),
      );
      return { runId: run!.runId, eventId };
    },
    async run(runId) {
      const [row] = await api.sql<Record<string, unknown>>(`SELECT * FROM agent_runs WHERE id = $1`, [runId]);
      return row!;
    },
    close: () => api.close(),
  };
}
