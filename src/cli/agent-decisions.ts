import { Command } from "commander";
import { transact } from "../db/index.ts";
import { type AgentDecision, requireAgent } from "../domain/governance/index.ts";
import { decideAboutAgent } from "../domain/registry/index.ts";
import { presentAgent } from "./agent-view.ts";
import { operator, withDatabase } from "./operator/open-database.ts";
import { print } from "./operator/print.ts";

const decisions: readonly (readonly [AgentDecision, string])[] = [
  ["approve", "let a requested agent begin"],
  ["refuse", "end a request for an agent; its code stays taken"],
  ["suspend", "let an agent and its keys do nothing for now"],
  ["activate", "let a suspended agent go on"],
  ["revoke", "end an agent and its keys for ever; it leaves its rooms"],
];

/** `microdao agent approve | refuse | suspend | activate | revoke`. */
export function decisionCommands(): Command[] {
  return decisions.map(([decision, what]) =>
    new Command(decision)
      .description(what)
      .argument("<agent>", "agent:sofia, ag_… or its Matrix id")
      .option("--reason <text>", "why, for the history and the room")
      .option("--json", "print JSON")
      .action((name: string, options: { readonly reason?: string; readonly json?: true }) =>
        withDatabase(async ({ database }) => {
          const { agent } = await transact(database, operator, async (tx) => {
            const { id: agentId } = await requireAgent(tx.db, name);
            return decideAboutAgent(tx, { agentId, decision, reason: options.reason ?? null });
          });
          print(options, presentAgent(agent), () => [`${agent.externalId} is ${agent.status}.`]);
        }),
      ),
  );
}
