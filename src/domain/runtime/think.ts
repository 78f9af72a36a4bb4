import { transact } from "../../db/index.ts";
import { newId } from "../../kernel/ids.ts";
import type {
  LanguageModel,
  ModelMessage,
  ModelPart,
  ModelUsage,
  Question,
  RunUsage,
  ToolCall,
} from "../agents/index.ts";
import { chargeQuota, requireNotFrozen, requireQuotaLeft } from "../governance/index.ts";
import { callTools, resultFor } from "./call-tools.ts";
import type { Calling } from "./calling.ts";
import { noAnswer, tooManySteps } from "./errors.ts";
import type { Speech } from "./speech.ts";
import { type CallRow, insertCalls, selectCalls } from "./tool-calls-store.ts";
import { specOf, toolNameOf } from "./toolbox.ts";

export interface Thinking {
  readonly model: LanguageModel;
  readonly speech: Speech;
  readonly calling: Calling;
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly question: Question;
  readonly settings: {
    readonly maxOutputTokens: number | undefined;
    readonly temperature: number | undefined;
  };
}

export type Thought =
  | { readonly text: string; readonly usage: RunUsage; readonly used: readonly string[] }
  | { readonly waitingUntil: Date };

const mostSteps = 8;
const mostCallsAtOnce = 8;
const cutOff = "\n\n…";

interface Progress {
  readonly messages: ModelMessage[];
  /** What was said before the model used tools. */
  said: string;
  usage: ModelUsage;
  readonly used: string[];
}

/**
 * Asks the model until it calls no tool any more. What it called is written down before it is done: a run that is taken up
 * again goes on after the last call, not at the beginning.
 */
export async function think(thinking: Thinking): Promise<Thought> {
  const { calling } = thinking;
  const progress: Progress = {
    messages: [...thinking.messages],
    said: "",
    usage: { inputTokens: 0, outputTokens: 0 },
    used: [],
  };
  const known = Map.groupBy(await selectCalls(calling.database.db, calling.run.runId), ({ step }) => step);
  for (let step = 0; step < mostSteps; step += 1) {
    const rows = known.get(step) ?? (await nextCalls(thinking, progress, step));
    if (rows.length === 0) return whole(thinking, progress);
    if (known.has(step)) progress.said = joined(progress.said, rows[0]?.said ?? "");
    const settled = await callTools(calling, rows);
    if ("waitingUntil" in settled) return settled;
    progress.used.push(...settled.rows.filter(({ status }) => status === "done").map(({ tool }) => tool));
    progress.messages.push(...toldOf(settled.rows));
  }
  throw tooManySteps({ steps: mostSteps });
}

function whole({ model }: Thinking, { said, usage, used }: Progress): Thought {
  if (said.trim() === "") throw noAnswer({});
  const { prices } = model;
  const costUsd =
    prices && (usage.inputTokens * prices.input + usage.outputTokens * prices.output) / 1_000_000;
  return { text: said.trim(), usage: { ...usage, costUsd }, used };
}

/** Asks the model once, and writes down what it calls; nothing when it has answered. */
async function nextCalls(thinking: Thinking, progress: Progress, step: number): Promise<readonly CallRow[]> {
  const { calling } = thinking;
  await requireLeft(calling);
  const { text, calls, usage } = await ask(thinking, progress);
  // All has come: the last word says it, and nothing before it is worth an edit.
  if (calls.length === 0) await thinking.speech.rest();
  const { usage: before } = progress;
  progress.usage = {
    inputTokens: before.inputTokens + usage.inputTokens,
    outputTokens: before.outputTokens + usage.outputTokens,
  };
  progress.said = joined(progress.said, text);
  const rows = calls.slice(0, mostCallsAtOnce).map((call, position) => ({
    id: newId("call", calling.database.clock.now()),
    runId: calling.run.runId,
    step,
    position,
    tool: toolNameOf(call.toolName),
    status: "called" as const,
    said: position === 0 ? text : "",
    input: call.input ?? null,
    result: null,
    expiresAt: null,
  }));
  if (usage.inputTokens + usage.outputTokens === 0 && rows.length === 0) return rows;
  await transact(calling.database, calling.agent.actor, async (tx) => {
    await charge(tx, thinking, usage);
    if (rows.length > 0) await insertCalls(tx, calling.run.runId, rows);
  });
  return rows;
}

/** Throws when the agent may not speak, or has used up what it may use. */
async function requireLeft({ database: { db, clock }, run }: Calling): Promise<void> {
  const subject = { kind: "agent" as const, id: run.agentId };
  await Promise.all([
    requireNotFrozen(db, run),
    requireQuotaLeft(
      db,
      [
        { subject, what: "tokens" },
        { subject, what: "money" },
      ],
      clock.now(),
    ),
  ]);
}

async function charge(
  tx: Parameters<typeof chargeQuota>[0],
  { model: { prices }, calling: { run } }: Thinking,
  { inputTokens, outputTokens }: ModelUsage,
): Promise<void> {
  const subject = { kind: "agent" as const, id: run.agentId };
  await chargeQuota(tx, { subject, what: "tokens", amount: inputTokens + outputTokens });
  if (prices === undefined) return;
  const amount = (inputTokens * prices.input + outputTokens * prices.output) / 1_000_000;
  await chargeQuota(tx, { subject, what: "money", amount });
}

async function ask(
  { model, speech, calling, system, question, settings }: Thinking,
  { messages, said }: Progress,
): Promise<{ text: string; calls: ToolCall[]; usage: ModelUsage }> {
  const calls: ToolCall[] = [];
  let text = "";
  let end: Extract<ModelPart, { type: "finish" }> | undefined;
  const tools = [...calling.tools.values()].map(({ tool }) => specOf(tool));
  const { signal } = calling;
  for await (const part of model.stream({ system, messages, tools, ...settings, question, signal })) {
    if (part.type === "text") {
      text += part.delta;
      speech.show(joined(said, text));
    } else if (part.type === "tool-call") calls.push(part);
    else end = part;
  }
  signal.throwIfAborted();
  return {
    text: end?.reason === "length" ? `${text}${cutOff}` : text,
    calls,
    usage: end?.usage ?? { inputTokens: 0, outputTokens: 0 },
  };
}

/** What a model is told of calls that it has made. */
function toldOf(rows: readonly CallRow[]): ModelMessage[] {
  const calls = rows.map(({ id, tool, input }) => ({ callId: id, toolName: tool, input }));
  const results = rows.map((row) => ({ callId: row.id, toolName: row.tool, result: resultFor(row) }));
  return [
    { role: "assistant", text: rows[0]?.said ?? "", calls },
    { role: "tool", results },
  ];
}

function joined(before: string, text: string): string {
  return before.trim() === "" ? text : `${before.trimEnd()}\n\n${text}`;
}
