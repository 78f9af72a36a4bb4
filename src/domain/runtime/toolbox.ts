import { z } from "zod";
import type { ToolSpec } from "../agents/index.ts";
import type { Agent } from "../governance/index.ts";
import type { Tool } from "./tool.ts";
import { createFollowupTool } from "./tools/create-followup-tool.ts";
import { createTaskTool } from "./tools/create-task-tool.ts";
import { fetchUrlTool } from "./tools/fetch-url-tool.ts";
import { recallTool, rememberTool } from "./tools/memory-tools.ts";
import { searchMessagesTool } from "./tools/search-messages-tool.ts";

/** Every tool that there is. A new one is a new line here. */
export const allTools: readonly Tool[] = [
  createTaskTool,
  createFollowupTool,
  searchMessagesTool,
  rememberTool,
  recallTool,
  fetchUrlTool,
];

/** What follows a tool's name in an agent's config when every call of it has to be allowed by a person. */
const askSuffix = ".ask";

export interface OwnTool {
  readonly tool: Tool;
  readonly asksAlways: boolean;
}

/** The tools that an agent's config names; names of no tool are left out. */
export function toolsOf({ config }: Pick<Agent, "config">): ReadonlyMap<string, OwnTool> {
  const named = config.tools ?? [];
  return new Map(
    allTools.flatMap((tool) => {
      const asksAlways = named.includes(`${tool.name}${askSuffix}`);
      return asksAlways || named.includes(tool.name) ? [[tool.name, { tool, asksAlways }] as const] : [];
    }),
  );
}

const noTool = "unknown";

/** What a call is written down as: what is no tool at all could be named anything, words of people included. */
export function toolNameOf(called: string): string {
  return allTools.some(({ name }) => name === called) ? called : noTool;
}

/** A tool as a model is told of it. */
export function specOf({ name, description, input }: Tool): ToolSpec {
  return { name, description, inputSchema: z.toJSONSchema(input, { target: "draft-7", io: "input" }) };
}

/** One line about the tools that were used: `search_messages ×2, remember`. */
export function traceOf(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name} ×${count}`)).join(", ");
}
