// An agent that answers from a program of its own. Beside `npm start`: node_modules/.bin/node examples/greeter.ts
import { readFileSync } from "node:fs";
import { openAgent, RunFailure } from "../packages/client/src/index.ts";

const { BRIDGE_URL, ACCESS_KEY, SLOWLY } = process.env;
const demo = BRIDGE_URL === undefined ? readDemo() : undefined;
const bridgeUrl = BRIDGE_URL ?? demo?.bridgeUrl ?? "";
const accessKey = ACCESS_KEY ?? demo?.agents[0]?.accessKey ?? "";

// In the demo the bridge itself answers for Sofia. From now on we do.
if (demo !== undefined) {
  const response = await fetch(`${bridgeUrl}/v1/agents/${demo.agents[0]?.externalId}`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${demo.adminKey}`, "content-type": "application/json" },
    body: JSON.stringify({ config: { runtime: "external" } }),
  });
  if (!response.ok) throw new Error(`The bridge does not hand Sofia over: ${response.status}`);
}

const agent = openAgent({ bridgeUrl, accessKey, leaseMs: 5_000, onError: console.error });
const listening = agent.onTrigger(async (run) => {
  const { question, asker } = run;
  console.log(`asked: ${question ?? ""}`);
  if (question === null) throw new RunFailure("I do not understand.");
  const before = await run.context(5);
  const answer = run.reply.stream();
  answer.write(`Hello ${asker?.name ?? "there"}! `);
  // Somebody who thinks for a while.
  for (let left = Number(SLOWLY ?? 0); left > 0; left -= 100) {
    await new Promise((wake) => setTimeout(wake, 100));
    run.signal.throwIfAborted();
  }
  answer.write(`You said **${question}**, and there were ${before.length} messages before it.`);
  await answer.end();
  console.log(`answered: ${question}`);
});
console.log("listening");

process.once("SIGINT", () => void listening.stop());
process.once("SIGTERM", () => void listening.stop());
await listening.done;

interface Demo {
  readonly bridgeUrl: string;
  readonly adminKey: string;
  readonly agents: readonly { readonly externalId: string; readonly accessKey: string }[];
}

function readDemo(): Demo {
  return JSON.parse(readFileSync(".data/quickstart.json", "utf8")) as Demo;
}
