import { z } from "zod";
import { findChannelsAllowed, type Principal } from "../../governance/index.ts";
import { searchMessages } from "../../messaging/index.ts";
import type { Tool, ToolContext } from "../tool.ts";

const reading = "chat.message.read";
const maxChannels = 10_000;

const input = z.object({
  query: z
    .string()
    .min(1)
    .max(300)
    .describe('Words; "a phrase" in quotes, or between alternatives, - before what must not be there'),
  limit: z.number().int().min(1).max(20).default(8),
});

export const searchMessagesTool: Tool<z.output<typeof input>> = {
  name: "search_messages",
  description:
    "Finds earlier messages by their words, newest first, in the channels that both you and the asker may read.",
  capability: reading,
  input,
  needsApproval: () => false,
  work: {
    kind: "reads",
    async run(context, { query, limit }) {
      const found = await searchMessages(context.database.db, {
        text: query,
        channelIds: await channelsOf(context),
        sender: null,
        before: null,
        since: null,
        after: null,
        limit,
      });
      if (found.length === 0) return "Nothing was found.";
      return found
        .map(({ createdUs, senderName, senderMatrixId, preview }) => {
          const day = new Date(Number(createdUs / 1000n)).toISOString().slice(0, 16);
          return `${day} ${senderName ?? senderMatrixId ?? "somebody"}: ${preview}`;
        })
        .join("\n");
    },
  },
};

/** Without an asker, only the channel of the run: nobody is there for whom others could be looked into. */
async function channelsOf({ database: { db }, agent, asker, run }: ToolContext): Promise<string[]> {
  if (asker === undefined) return [run.channelId];
  const [mine, theirs] = await Promise.all([allowed(agent), allowed(asker)]);
  const both = new Set(theirs);
  return mine.filter((id) => both.has(id));

  async function allowed(principal: Principal): Promise<string[]> {
    const range = { microdaoId: null, after: null, limit: maxChannels };
    return (await findChannelsAllowed(db, principal, reading, range)).map(({ id }) => id);
  }
}
