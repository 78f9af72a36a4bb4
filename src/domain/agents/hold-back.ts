import { attempt, type Tx } from "../../db/index.ts";
import type { AppError } from "../../kernel/errors.ts";
import { postMessage } from "../messaging/index.ts";
import { nameOf, type Refusal, spendBudgets } from "./budgets.ts";
import { type BudgetKey, lockBudgets, updateBudgets } from "./budgets-store.ts";
import { endRuns } from "./end-runs.ts";
import type { RunPolicy } from "./run-policy.ts";
import type { InsertedRun } from "./runs-store.ts";
import { type RefusedRun, spendRuns } from "./spend-runs.ts";

/** A run that was just queued, whose asker is an agent if anything led to it. */
export type FreshRun = InsertedRun;

/**
 * Ends those of the runs that would go on for ever: chains of agents that are too long, and what is more than a budget or
 * a quota allows. Gives the ids of those, with the refusal where a quota refused. The room is told when a chain ends, when a
 * rest begins, and when a quota is used up, once.
 */
export async function holdBack(
  tx: Tx,
  runs: readonly FreshRun[],
  policy: RunPolicy,
): Promise<Map<string, AppError | undefined>> {
  const tooLong = runs.filter(({ hop }) => hop > policy.hopLimit);
  const others = runs.filter(({ hop, asker }) => hop <= policy.hopLimit && asker !== null);
  for (const run of tooLong) await sayAtRest(tx, run, `hops:${run.id}`, chainWords(policy));
  await end(tx, tooLong, "hop_limit");
  const refusals = others.length === 0 ? [] : await spend(tx, others, policy);
  const byId = new Map(runs.map((run) => [run.id, run]));
  for (const { runId, usedUp } of refusals) {
    const run = byId.get(runId);
    if (run !== undefined && usedUp !== null)
      await sayAtRest(tx, run, `rest:${nameOf(usedUp)}:${tx.now.getTime()}`, restWords(usedUp, policy));
  }
  const refused = refusals.flatMap(({ runId }) => byId.get(runId) ?? []);
  await end(tx, refused, "budget_exhausted");
  const ended = new Map<string, AppError | undefined>(
    [...tooLong, ...refused].map(({ id }) => [id, undefined]),
  );
  for (const { run, refusal } of await endUnpaid(
    tx,
    runs.filter(({ id }) => !ended.has(id)),
  ))
    ended.set(run.id, refusal);
  return ended;
}

/** What an agent's quota of runs refuses. Nobody is told of what nobody waits for. */
async function endUnpaid(tx: Tx, runs: readonly FreshRun[]): Promise<readonly RefusedRun[]> {
  const refused = await spendRuns(tx, runs);
  for (const { run, period, limit, seconds } of refused) {
    if (run.asker === null) continue;
    const over = Math.round((tx.now.getTime() + seconds * 1000) / 60_000);
    const wait = seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
    const words = `I have used up my quota of ${limit} runs a ${period}. Please ask again in ${wait}.`;
    await sayAtRest(tx, run, `quota:${run.channelId}:${period}:${over}`, words);
  }
  await end(
    tx,
    refused.map(({ run }) => run),
    "quota_exceeded",
  );
  return refused;
}

async function spend(tx: Tx, runs: readonly FreshRun[], policy: RunPolicy): Promise<readonly Refusal[]> {
  const uses = runs.map((run) => ({ runId: run.id, budgets: budgetsOf(run) }));
  const known = await lockBudgets(
    tx,
    uses.flatMap(({ budgets }) => budgets),
  );
  const { rows, refusals } = spendBudgets(known, uses, tx.now, policy);
  await updateBudgets(tx, rows);
  return refusals;
}

/** Two that ask each other have one budget, whoever asks. What people ask of an agent is as much as they are many. */
function budgetsOf({ asker, agentMatrixId, agentId, channelId, askedByAgent }: FreshRun): BudgetKey[] {
  const pair = [asker ?? "", agentMatrixId ?? agentId].toSorted().join(" ");
  return [
    { scope: "pair", subject: pair },
    { scope: "room", subject: channelId },
    ...(askedByAgent ? [{ scope: "agent" as const, subject: agentId }] : []),
  ];
}

async function end(tx: Tx, runs: readonly FreshRun[], code: string): Promise<void> {
  if (runs.length === 0) return;
  const runIds = runs.map(({ id }) => id);
  await endRuns(tx, { runIds, status: "cancelled", code, sentence: null, by: null });
}

/** A notice of the agent, which no agent answers. One that cannot speak there is silent anyway. */
async function sayAtRest(tx: Tx, run: FreshRun, key: string, text: string): Promise<void> {
  await attempt(tx, (inner) =>
    postMessage(inner, {
      channelId: run.channelId,
      agentId: run.agentId,
      body: { text },
      msgtype: "m.notice",
      idempotency: { scope: `agent:${run.agentId}`, key },
    }),
  );
}

function restWords({ scope }: BudgetKey, { uses, windowMs, restMs }: RunPolicy): string {
  const asked = { pair: "asked by the same one", room: "asked in this room", agent: "asked by agents" }[
    scope
  ];
  return `I was ${asked} ${uses} times within ${windowMs / 1000} seconds. I rest for ${restMs / 1000} seconds.`;
}

function chainWords({ hopLimit }: RunPolicy): string {
  return `Agents have asked one another ${hopLimit} times in a row. I stop here.`;
}
