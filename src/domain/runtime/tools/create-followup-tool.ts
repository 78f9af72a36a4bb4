import { z } from "zod";
import { createFollowup } from "../../messaging/index.ts";
import { toolRefused } from "../errors.ts";
import { selectMessageId } from "../setting-store.ts";
import type { Tool } from "../tool.ts";

const input = z.object({
  note: z.string().max(500).optional().describe("What is to be done about it"),
  assignee: z.string().max(255).optional().describe("The Matrix id of who is to see to it"),
});

export const createFollowupTool: Tool<z.output<typeof input>> = {
  name: "create_followup",
  description: "Marks the message that you are answering as something that somebody has to come back to.",
  capability: "followup.manage",
  input,
  needsApproval: () => false,
  work: {
    kind: "writes",
    async run(tx, { run: { trigger, channelId } }, { note, assignee }) {
      const messageId =
        trigger.eventId === null ? undefined : await selectMessageId(tx.db, channelId, trigger.eventId);
      if (messageId === undefined) throw toolRefused({ why: "there is no message to come back to" });
      const { followup, created } = await createFollowup(tx, { messageId, note, assignee });
      return `${created ? "Made" : "There was already"} the follow-up ${followup.id}.`;
    },
  },
};
