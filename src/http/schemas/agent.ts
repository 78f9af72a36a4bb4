import { z } from "zod";
import {
  type Agent,
  type AgentChange,
  type AgentRequest,
  agentConfigSchema,
} from "../../domain/governance/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { microdaoName, nameText } from "./new-channel.ts";
import { idOf, moment, momentOf, pageOf } from "./values.ts";

const kinds = ["system", "assistant", "node", "quest"] as const;
const statuses = ["requested", "active", "suspended", "revoked"] as const;

const requestSchema = z
  .object({
    userId: z.string().nullable().meta({ description: "Who asked, when a person did: `u_…`." }),
    reason: z.string().nullable(),
    channelId: z.string().nullable().meta({ description: "Where it was told: `c_…`." }),
    messageId: z.string().nullable().meta({
      description: "The message that tells of it: `m_…`. ✅ and ❌ of those who may decide decide.",
    }),
  })
  .meta({ id: "AgentRequest" });

export const agentSchema = z
  .object({
    id: idOf("ag", "The agent."),
    externalId: z.string().meta({ examples: ["agent:sofia"] }),
    name: z.string(),
    kind: z.enum(kinds),
    status: z.enum(statuses),
    microdaoId: z.string().nullable().meta({ description: "Null for an agent that works everywhere." }),
    teamId: z.string().nullable(),
    ownerUserId: z.string().nullable().meta({ description: "The user who answers for it." }),
    matrixId: z.string().nullable().meta({ description: "Its Matrix user; null while there is none." }),
    avatarUrl: z.string().nullable(),
    blueprint: z.string(),
    config: agentConfigSchema.meta({
      description:
        "What it works with: its own settings over those of its blueprint. `systemPrompt` is for keys with `agent.manage`.",
    }),
    ownConfig: agentConfigSchema.meta({ description: "Its own settings alone." }),
    createdAt: moment,
  })
  .meta({ id: "Agent" });

export const agentDetailSchema = agentSchema
  .extend({ request: requestSchema.nullable().meta({ description: "Null when nobody had to ask for it." }) })
  .meta({ id: "AgentDetail" });

export const agentPageSchema = pageOf(agentSchema, "AgentPage");

export const agentChangeSchema = z
  .object({
    id: idOf("agc", "The change."),
    action: z.enum([
      "registered",
      "requested",
      "approved",
      "refused",
      "suspended",
      "activated",
      "revoked",
      "edited",
    ]),
    before: z.enum(statuses).nullable(),
    after: z.enum(statuses),
    actor: z.object({ id: z.string(), kind: z.enum(["user", "agent", "service", "embassy"]) }),
    reason: z.string().nullable(),
    data: z.record(z.string(), z.unknown()),
    createdAt: moment,
  })
  .meta({ id: "AgentChange" });

export const agentChangePageSchema = pageOf(agentChangeSchema, "AgentChangePage");

export const reasonText = z
  .string()
  .trim()
  .min(1, "A reason has at least one character.")
  .max(500, "A reason has at most 500 characters.")
  .refine((text) => text.isWellFormed(), "The text has a lone surrogate: it is not valid Unicode.")
  .refine((text) => !text.includes("\0"), "The text has a NUL character (U+0000).");

const avatarUrl = z.string().max(500, "An address has at most 500 characters.");
const matrixId = z
  .string()
  .max(255, "A Matrix id has at most 255 characters.")
  .regex(/^@[\x21-\x39\x3b-\x7e]+:[A-Za-z0-9.:[\]-]{1,230}$/, "Name a person as @alice:example.org.");
const code = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/,
    "A code has 1 to 64 of a to z, 0 to 9 and . _ - and begins and ends with a letter or digit.",
  );

export const newAgentSchema = z
  .strictObject({
    code: code.meta({
      description: "What follows `agent:` in its id, for ever; its Matrix user is called after it.",
    }),
    name: nameText.optional().meta({ description: "What people call it; the code if left out." }),
    kind: z.enum(kinds).default("assistant"),
    status: z
      .enum(["requested", "active"])
      .default("requested")
      .meta({ description: "Asked for, or active at once, which takes `agent.manage`." }),
    microdao: microdaoName.optional().meta({
      description:
        "Where it works: `microdao:7` or `md_…`. Left out by operators, whose agents may work everywhere.",
    }),
    team: z
      .string()
      .regex(/^t_[0-9a-z]{26}$/, "Name a team as t_….")
      .optional(),
    owner: matrixId.optional().meta({
      description:
        "Who answers for it, a member of the microDAO; the person that the key belongs to if left out.",
    }),
    blueprint: z.string().min(1).max(64).meta({ description: "The code or id of its blueprint." }),
    avatarUrl: avatarUrl.optional(),
    config: agentConfigSchema.optional(),
    reason: reasonText.optional().meta({ description: "What for." }),
    channel: z
      .string()
      .regex(/^c_[0-9a-z]{26}$/, "Name a channel as c_….")
      .optional()
      .meta({ description: "Where the request is told; the microDAO's lobby or first channel if left out." }),
  })
  .meta({ id: "NewAgent" });

export const configEditSchema = z
  .strictObject(
    Object.fromEntries(
      Object.entries(agentConfigSchema.shape).map(([field, schema]) => [field, schema.nullable().optional()]),
    ) as {
      [F in keyof typeof agentConfigSchema.shape]: z.ZodOptional<
        z.ZodNullable<(typeof agentConfigSchema.shape)[F]>
      >;
    },
  )
  .meta({ id: "AgentConfigEdit", description: "Null takes a setting away; what is left out stays." });

export const agentEditSchema = z
  .strictObject({
    name: nameText.optional(),
    avatarUrl: avatarUrl.nullable().optional(),
    owner: matrixId.optional(),
    config: configEditSchema.optional(),
  })
  .meta({ id: "AgentEdit" });

export const decisionSchema = z.strictObject({ reason: reasonText.optional() }).meta({ id: "AgentDecision" });

/** `openly`: with its prompt, which is for those who manage it. */
export function presentAgent(agent: Agent, openly: boolean): z.infer<typeof agentSchema> {
  const { externalId, name, kind, status, teamId, matrixId: user, blueprint } = agent;
  const { id, microdaoId, ownerUserId, config, ownConfig, createdAt } = agent;
  return {
    ...{ externalId, name, kind, status, teamId, matrixId: user, blueprint, avatarUrl: agent.avatarUrl },
    id: encodeId("ag", id),
    microdaoId: microdaoId === null ? null : encodeId("md", microdaoId),
    ownerUserId: ownerUserId === null ? null : encodeId("u", ownerUserId),
    config: openly ? config : { ...config, systemPrompt: undefined },
    ownConfig: openly ? ownConfig : { ...ownConfig, systemPrompt: undefined },
    createdAt: createdAt.toISOString(),
  };
}

export function presentRequest(request: AgentRequest | undefined): z.infer<typeof requestSchema> | null {
  if (request === undefined) return null;
  const { userId, reason, channelId, sendId } = request;
  return {
    userId: userId === null ? null : encodeId("u", userId),
    reason,
    channelId: channelId === null ? null : encodeId("c", channelId),
    messageId: sendId === null ? null : encodeId("m", sendId),
  };
}

export function presentAgentChange(change: AgentChange): z.infer<typeof agentChangeSchema> {
  const { actorId, actorKind, createdUs, data, ...rest } = change;
  return {
    ...rest,
    actor: { id: actorId, kind: actorKind },
    data: typeof data === "object" && data !== null ? { ...data } : {},
    createdAt: momentOf(createdUs),
  };
}
