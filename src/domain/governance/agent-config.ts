import { z } from "zod";

/** How an agent works, as far as its owner may say; what is left out is the blueprint's business. */
export const agentConfigSchema = z.strictObject({
  systemPrompt: z.string().trim().min(1).max(32_768).optional().meta({
    description: "What it is told before anything else.",
  }),
  model: z
    .string()
    .regex(/^\P{C}{1,200}$/u)
    .optional()
    .meta({ description: "The language model that it asks." }),
  temperature: z.number().min(0).max(2).optional(),
  tools: z
    .array(z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/))
    .max(64)
    .optional()
    .meta({ description: "The tools that it may use, each with its capability." }),
  maxTokens: z.number().int().min(1).max(1_000_000).optional().meta({
    description: "The most tokens of one answer.",
  }),
  concurrency: z.number().int().min(1).max(100).optional().meta({
    description: "How many questions it answers at one time.",
  }),
  runtime: z.enum(["builtin", "external"]).optional().meta({
    description: "Whether the bridge runs it, or a program of its owner's.",
  }),
  answersAgents: z.boolean().optional().meta({
    description: "Whether it answers other agents, where a channel's settings do not say.",
  }),
});

export type AgentConfig = z.output<typeof agentConfigSchema>;

/** What an agent works with: its own settings over those of its blueprint. */
export type EffectiveConfig = AgentConfig & { readonly model: string };

/** Settings as they are stored. Fields that nobody knows, or with values that nobody would be allowed to set, are left out. */
export function readAgentConfig(stored: unknown): AgentConfig {
  if (typeof stored !== "object" || stored === null) return {};
  const fields = agentConfigSchema.shape;
  const known = Object.entries(stored).filter(
    ([name, value]) => isField(name) && value !== undefined && fields[name].safeParse(value).success,
  );
  return agentConfigSchema.parse(Object.fromEntries(known));
}

function isField(name: string): name is keyof typeof agentConfigSchema.shape {
  return Object.hasOwn(agentConfigSchema.shape, name);
}

/** The defaults of a blueprint, as they are stored. */
export interface BlueprintDefaults {
  readonly model: string;
  readonly systemPrompt: string | null;
  readonly config: unknown;
}

export function effectiveConfig(blueprint: BlueprintDefaults, own: unknown): EffectiveConfig {
  const { systemPrompt, config } = blueprint;
  const settings = { ...readAgentConfig(config), ...readAgentConfig(own) };
  return {
    ...(systemPrompt !== null && { systemPrompt }),
    ...settings,
    model: settings.model ?? blueprint.model,
  };
}
