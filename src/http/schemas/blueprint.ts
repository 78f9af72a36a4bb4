import { z } from "zod";
import { agentConfigSchema, type Blueprint } from "../../domain/governance/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { configEditSchema } from "./agent.ts";
import { microdaoName } from "./new-channel.ts";
import { idOf, moment, momentOf, pageOf } from "./values.ts";

export const blueprintSchema = z
  .object({
    id: idOf("abp", "The blueprint."),
    code: z.string(),
    description: z.string().nullable(),
    model: z.string(),
    systemPrompt: z
      .string()
      .nullable()
      .meta({ description: "For keys with `agent.manage`; null for others." }),
    config: agentConfigSchema.meta({ description: "Settings that its agents start with." }),
    microdaoId: z.string().nullable().meta({ description: "Whose it is; null when everybody may use it." }),
    createdAt: moment,
  })
  .meta({ id: "Blueprint" });

export const blueprintPageSchema = pageOf(blueprintSchema, "BlueprintPage");

const { systemPrompt: prompt, model, ...settings } = agentConfigSchema.shape;
const defaults = z.strictObject(settings);
const description = z
  .string()
  .max(1000, "A description has at most 1,000 characters.")
  .refine(
    (text) => text.isWellFormed() && !text.includes("\0"),
    "The text is not valid Unicode or has a NUL.",
  );

export const newBlueprintSchema = z
  .strictObject({
    code: z
      .string()
      .regex(
        /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/,
        "A code has 1 to 64 of a to z, 0 to 9 and . _ - and begins and ends with a letter or digit.",
      ),
    description: description.optional(),
    model: model.unwrap(),
    systemPrompt: prompt,
    config: defaults.optional(),
    microdao: microdaoName.optional().meta({
      description:
        "Whose it is: `microdao:7` or `md_…`. Left out by operators, whose blueprints are everybody's.",
    }),
  })
  .meta({ id: "NewBlueprint" });

export const blueprintEditSchema = z
  .strictObject({
    description: description.nullable().optional(),
    model,
    systemPrompt: prompt.unwrap().nullable().optional(),
    config: configEditSchema.omit({ systemPrompt: true, model: true }).optional(),
  })
  .meta({ id: "BlueprintEdit" });

export function presentBlueprint(blueprint: Blueprint, openly: boolean): z.infer<typeof blueprintSchema> {
  const { id, microdaoId, systemPrompt, createdUs, ...rest } = blueprint;
  return {
    ...rest,
    id: encodeId("abp", id),
    systemPrompt: openly ? systemPrompt : null,
    microdaoId: microdaoId === null ? null : encodeId("md", microdaoId),
    createdAt: momentOf(createdUs),
  };
}
