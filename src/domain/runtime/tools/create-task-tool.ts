import { z } from "zod";
import { createTask } from "../../projects/index.ts";
import type { Tool } from "../tool.ts";

const input = z.object({
  title: z.string().min(1).max(200).describe("What is to be done, in one line"),
  assignee: z
    .string()
    .max(255)
    .optional()
    .describe("The Matrix id of who is to do it, as in a message's id attribute"),
});

export const createTaskTool: Tool<z.output<typeof input>> = {
  name: "create_task",
  description: "Makes a task for the people of this channel.",
  capability: "task.create",
  input,
  needsApproval: () => false,
  work: {
    kind: "writes",
    async run(tx, { run: { microdaoId, channelId, teamId } }, { title, assignee }) {
      const task = await createTask(tx, { microdaoId, channelId, teamId, title, assignee });
      return `Made the task ${task.id}: ${task.title}`;
    },
  },
};
