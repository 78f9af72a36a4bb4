import { type Database, transact } from "../../db/index.ts";
import { type Actor, bridgeActor } from "../../kernel/actor.ts";
import { type ClaimedRun, cancelRun, claimRuns, type HeldRun, releaseRun } from "../agents/index.ts";
import { type AskedQuestion, type QuestionSource, readAsked } from "./read-asked.ts";
import { findNames, type Trigger, triggerOf } from "./trigger.ts";

export interface ClaimDeps extends QuestionSource {
  readonly database: Database;
}

export interface TriggerClaim {
  /** uuid */
  readonly agentId: string;
  readonly limit: number;
  readonly leaseMs: number;
  /** Who claims, for people who look. */
  readonly worker: string;
  readonly actor: Actor;
}

/**
 * Takes up runs for a program and tells it all that it needs. What was withdrawn meanwhile ends here, and what cannot be
 * read because the homeserver is away is given back.
 */
export async function claimTriggers(deps: ClaimDeps, claim: TriggerClaim): Promise<Trigger[]> {
  const { database } = deps;
  const { actor, agentId, limit, leaseMs, worker } = claim;
  const request = { runtime: "external", agentId, limit, leaseMs, worker } as const;
  const { runs, leaseEndsAt } = await transact(database, actor, async (tx) => ({
    runs: await claimRuns(tx, request),
    leaseEndsAt: new Date(tx.now.getTime() + leaseMs),
  }));
  if (runs.length === 0) return [];
  const asked = await Promise.all(runs.map(async (run) => ({ run, question: await readAsked(deps, run) })));
  const askers = asked.flatMap(({ run }) => (run.trigger.asker === null ? [] : [run.trigger.asker]));
  const names = await findNames(database.db, askers);
  const triggers: Trigger[] = [];
  for (const { run, question } of asked) {
    if (question.is !== "asked") await putAside(database, run, question);
    else {
      const askerName = names.get(run.trigger.asker ?? "") ?? null;
      triggers.push(triggerOf({ run, question: question.text, askerName, leaseEndsAt }));
    }
  }
  return triggers;
}

async function putAside(
  database: Database,
  run: ClaimedRun,
  question: Exclude<AskedQuestion, { is: "asked" }>,
): Promise<void> {
  await transact(database, bridgeActor, (tx) =>
    question.is === "away"
      ? releaseRun(tx, run)
      : cancelRun(tx, { runId: run.runId, by: bridgeActor, reason: "question_withdrawn" }),
  );
}

/** Gives runs back that nobody will work on: the program that asked for them has gone. */
export async function giveBack(database: Database, runs: readonly HeldRun[]): Promise<void> {
  if (runs.length === 0) return;
  await transact(database, bridgeActor, async (tx) => {
    for (const run of runs) await releaseRun(tx, run);
  });
}
