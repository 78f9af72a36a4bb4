import { z } from "zod";
import { longestMemory, recall, remember } from "../../memory/index.ts";
import type { Tool } from "../tool.ts";

const toRemember = z.object({
  text: z.string().min(1).max(longestMemory).describe("One fact, in a sentence that makes sense by itself"),
});

export const rememberTool: Tool<z.output<typeof toRemember>> = {
  name: "remember",
  description: "Keeps a fact for this channel, to be recalled later.",
  capability: "memory.write",
  input: toRemember,
  needsApproval: () => false,
  work: {
    kind: "writes",
    async run(tx, { run: { runId, channelId, agentId } }, { text }) {
      const { id } = await remember(tx, { channelId, agentId, runId, text });
      return `Remembered as ${id}.`;
    },
  },
};

const toRecall = z.object({
  query: z.string().max(300).describe("Words of what is looked for; empty: the newest"),
  limit: z.number().int().min(1).max(20).default(8),
});

export const recallTool: Tool<z.output<typeof toRecall>> = {
  name: "recall",
  description: "Finds facts that were remembered in this channel.",
  capability: "memory.read",
  input: toRecall,
  needsApproval: () => false,
  work: {
    kind: "reads",
    async run({ database, run: { channelId } }, { query, limit }) {
      const found = await recall(database.db, { channelId, query, limit });
      if (found.length === 0) return "Nothing is remembered about this.";
      return found.map(({ text, at }) => `${at.toISOString().slice(0, 10)}: ${text}`).join("\n");
    },
  },
};
