/**
 * The benchmark suite: ours beside the least that is possible (the floor) and what is written today (the naive bridge).
 * JSON goes to stdout, progress to stderr. How to run and read it: docs/bench.md.
 */
import { writeFile } from "node:fs/promises";
import { messageOf } from "../src/kernel/errors.ts";
import { startCluster } from "./cluster.ts";
import { runEmbedded } from "./embedded.ts";
import { judge } from "./goals.ts";
import { startHomeserver } from "./homeserver.ts";
import { type Options, readOptions, usage } from "./options.ts";
import { describeMachine, describeMethod, describeVersions, losses, ratios } from "./report.ts";
import { runComparison, runLoaded, runSoak, runStart, wants } from "./scenarios.ts";

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function bench(options: Options): Promise<object> {
  const machine = describeMachine();
  const cluster = await startCluster(options.settings);
  const homeserver = await startHomeserver();
  const around = { cluster, homeserverUrl: homeserver.url, rows: options.rows };
  // An interrupted run must not leave a database server behind.
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => void cluster.stop().finally(() => process.exit(130)));
  }
  try {
    const versions = await describeVersions(cluster);
    const compared = await runComparison(around, options, say);
    const loaded =
      options.rows > 0 && wants(options, "loaded") ? await runLoaded(around, options, say) : undefined;
    const start = wants(options, "start") ? await runStart(around, options, say) : undefined;
    const soak = options.soak > 0 && wants(options, "soak") ? await runSoak(around, options, say) : undefined;
    const embedded =
      options.embedded && wants(options, "embedded")
        ? await runEmbedded(homeserver.url, options, say)
        : undefined;
    const figures = {
      batches: compared.batches && { programs: compared.batches, ratios: ratios(compared.batches) },
      singles: compared.singles && { programs: compared.singles, ratios: ratios(compared.singles) },
      loaded: loaded && { rows: options.rows, programs: loaded, losses: losses(loaded) },
      start,
      soak,
      embedded: embedded && { programs: embedded },
    };
    return { machine, versions, method: describeMethod(options), figures, goals: judge(figures) };
  } finally {
    await homeserver.close();
    await cluster.stop();
  }
}

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
