import { openDatabase, transact } from "../src/db/index.ts";
import {
  authenticate,
  createAccessKey,
  type DecisionInput,
  decide,
  hashKeyOf,
} from "../src/domain/governance/index.ts";
import { bridgeActor } from "../src/kernel/actor.ts";
import { systemClock } from "../src/kernel/clock.ts";
import { silentLog } from "../src/kernel/log.ts";
import { median, percentile, round } from "./figures.ts";
import { install, runCommand } from "./ours.ts";
import type { Surroundings } from "./programs.ts";

const decisions = 5_000_000;
const checks = 3_000;
const warmUp = 500;

/** Decisions in a second on one core, and how long it takes to know whose an access key is, database included. */
export async function runRights(around: Surroundings, say: (line: string) => void) {
  const decisionsPerSecond = Math.round(countDecisions());
  say(`rights: ${decisionsPerSecond} decisions/s`);
  const keyCheck = await timeKeyChecks(around);
  say(
    `rights: key check ${keyCheck.p50Ms} ms p50, the least that a question can take ${keyCheck.floor.p50Ms} ms`,
  );
  return { decisionsPerSecond, keyCheck };
}

const usual: DecisionInput = {
  intent: "act",
  subject: "agent",
  subjectActive: true,
  keyAllows: true,
  inScope: true,
  belongs: true,
  visibility: "private",
  membership: "join",
  teamMode: null,
  inTeam: false,
  roleAllows: null,
  planAllows: true,
  frozen: null,
};

/** Most requests are allowed; each reason to refuse is among the others. */
const inputs: readonly DecisionInput[] = [
  usual,
  { ...usual, subject: "user", roleAllows: true },
  { ...usual, intent: "see", visibility: "public", membership: null },
  { ...usual, membership: null },
  { ...usual, subject: "user", roleAllows: false },
  { ...usual, frozen: "channel" },
  { ...usual, teamMode: "confidential" },
  { ...usual, keyAllows: false },
];

function countDecisions(): number {
  let allowed = 0;
  const run = (count: number) => {
    for (let number = 0; number < count; number += 1) {
      if (decide(inputs[number % inputs.length] ?? usual).allowed) allowed += 1;
    }
  };
  run(decisions / 10);
  const start = performance.now();
  run(decisions);
  return allowed === 0 ? Number.NaN : decisions / ((performance.now() - start) / 1000);
}

async function timeKeyChecks(around: Surroundings) {
  const url = await around.cluster.createDatabase("rights");
  const installation = await install(around.homeserverUrl, url);
  await runCommand(installation, "migrate", "up");
  const database = openDatabase({ url, poolSize: 1, clock: systemClock, log: silentLog });
  const hashKey = hashKeyOf(new Uint8Array(32).fill(1));
  const { token } = await transact(database, bridgeActor, (tx) =>
    createAccessKey(tx, hashKey, {
      subject: { kind: "integration", id: "bench" },
      name: "bench",
      capabilities: ["channel.read"],
      bundles: ["bundle.role.Owner"],
    }),
  );
  const took: number[] = [];
  const floor: number[] = [];
  for (let number = 0; number < checks + warmUp; number += 1) {
    const askedAt = performance.now();
    await database.db.$queryRawUnsafe("SELECT 1 AS one");
    const startedAt = performance.now();
    await authenticate(database, hashKey, token);
    if (number < warmUp) continue;
    floor.push(startedAt - askedAt);
    took.push(performance.now() - startedAt);
  }
  await database.close();
  await installation.remove();
  return { checks, ...figuresOf(took), floor: figuresOf(floor) };
}

function figuresOf(times: readonly number[]) {
  return { p50Ms: round(median(times), 3), p95Ms: round(percentile(times, 0.95), 3) };
}
