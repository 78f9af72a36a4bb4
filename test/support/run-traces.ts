import type { Database } from "../../src/db/index.ts";
import { newId } from "../../src/kernel/ids.ts";

export interface RunToPlant {
  /** What the run was asked, noted, remembered and failed with. */
  readonly words: string;
  readonly agentId: string;
  readonly channelId: string;
  readonly kind?: string;
  readonly key: string;
  readonly eventId?: string | null;
  readonly asker?: string | null;
  readonly hop?: number;
  /** What its chain began with; its own key when left out. */
  readonly causation?: string;
  readonly status?: "queued" | "started" | "completed" | "failed";
}

/** A run with words in every column that may hold any, a call of a tool and a memory included; gives its id. */
export async function plantRun({ db }: Database, run: RunToPlant): Promise<string> {
  const { words, agentId, channelId, key, kind = "mention", eventId = null, asker = null } = run;
  const { hop = 0, causation = key, status = "completed" } = run;
  const [id, call, memory] = (["run", "call", "comem"] as const).map((prefix) => newId(prefix, new Date()));
  await db.$executeRawUnsafe(
    `INSERT INTO agent_runs (id, agent_id, channel_id, trigger_kind, trigger_key, trigger_event_id, asker, hop, causation_id,
                             status, input, error_sentence)
     VALUES ($1, $2::uuid, $3::uuid, $4, $5, $6, $7, $8::int, $9, $10, jsonb_build_object('prompt', $11::text), $11)`,
    ...[id, agentId, channelId, kind, key, eventId, asker, hop, causation, status, words],
  );
  await db.$executeRawUnsafe(
    `INSERT INTO tool_calls (id, run_id, step, position, tool, status, said, input, result)
     VALUES ($1, $2, 0, 0, 'remember', 'called', $3, to_jsonb($3::text), $3)`,
    ...[call, id, words],
  );
  await db.$executeRawUnsafe(
    `INSERT INTO comemory_items (id, channel_id, agent_id, run_id, summary) VALUES ($1, $2::uuid, $3::uuid, $4, $5)`,
    ...[memory, channelId, agentId, id, words],
  );
  return id ?? "";
}

/** The columns that `plantRun` writes words into. */
export const plantedColumns = [
  "public.agent_runs.error_sentence",
  "public.agent_runs.input",
  "public.comemory_items.summary",
  "public.tool_calls.input",
  "public.tool_calls.result",
  "public.tool_calls.said",
];
