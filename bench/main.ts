/**
 * The benchmark suite: ours beside the least that is possible (the floor) and what is written today (the naive bridge).
 * JSON goes to stdout, progress to stderr. How to run and read it: docs/bench.md.
 */
import { writeFile } from "node:fs/promises";
import { messageOf } from "../src/kernel/errors.ts";
import { runBackfill } from "./backfill.ts";
import { startCluster } from "./cluster.ts";
import { runEmbedded } from "./embedded.ts";
import { judge } from "./goals.ts";
import { startHomeserver } from "./homeserver.ts";
import { runMentions } from "./mentions.ts";
import { type Options, readOptions, type Scenario, usage } from "./options.ts";
import { runPosting } from "./posting.ts";
import { describeMachine, describeMethod, describeVersions, losses, withRatios } from "./report.ts";
import { runRights } from "./rights.ts";
import { runComparison, runLoaded, runSoak, runStart, wants } from "./scenarios.ts";

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function bench(options: Options): Promise<object> {
  const machine = describeMachine();
  const cluster = await startCluster(options.settings);
  const homeserver = await startHomeserver();
  const around = { cluster, homeserverUrl: homeserver.url, rows: options.rows };
  try {
    const versions = await describeVersions(cluster);
    const runs = (scenario: Scenario) => wants(options, scenario);
    const compared = await runComparison(around, options, say);
    const loaded = runs("loaded") ? await runLoaded(around, options, say) : undefined;
    const figures = {
      ...withRatios(compared),
      ...(loaded && { loaded: { rows: options.rows, programs: loaded, losses: losses(loaded) } }),
      ...(runs("start") && { start: await runStart(around, options, say) }),
      ...(runs("rights") && { rights: await runRights(around, say) }),
      ...(runs("posting") && { posting: await runPosting(around, say) }),
      ...(runs("mentions") && { mentions: await runMentions(around, say) }),
      ...(runs("soak") && { soak: await runSoak(around, options, say) }),
      ...(runs("backfill") && { backfill: await runBackfill(around, options, say) }),
      ...(runs("embedded") && {
        embedded: { programs: await runEmbedded(homeserver.url, options, say) },
      }),
    };
    return { machine, versions, method: describeMethod(options), figures, goals: judge(figures) };
  } finally {
    await homeserver.close();
    cluster.stop();
  }
}

// Servers and programs are stopped when this process exits; a signal must therefore be an ordinary exit.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(130));

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(usage);
  } else {
    const text = `${JSON.stringify(await bench(options), null, 2)}\n`;
    if (options.out === undefined) process.stdout.write(text);
    else await writeFile(options.out, text);
  }
} catch (error) {
  say(messageOf(error));
  process.exitCode = 1;
}
