import { z } from "zod";
import type { ChannelSettings, RunView, SessionView } from "../../domain/agents/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { idOf, moment, momentOf, momentOrNull, pageOf, pageQuery } from "./values.ts";

const kinds = ["mention", "reply", "direct", "command", "keyword", "schedule", "reaction", "api"] as const;
export const runStatuses = ["queued", "started", "completed", "failed", "cancelled"] as const;

export const runSchema = z
  .object({
    id: idOf("run", "The run."),
    agentId: idOf("ag", "The agent."),
    channelId: idOf("c", "The channel."),
    sessionId: z
      .string()
      .nullable()
      .meta({ description: "The session that it belongs to; null before it is begun." }),
    trigger: z.object({
      kind: z.enum(kinds),
      eventId: z.string().nullable().meta({ description: "The Matrix event that is answered." }),
      asker: z.string().nullable().meta({ description: "The Matrix id of whoever asks." }),
    }),
    status: z.enum(runStatuses),
    runtime: z.enum(["builtin", "external"]),
    model: z.string().nullable(),
    attempts: z.number().int(),
    hop: z.number().int().meta({ description: "How many runs of agents led to this one." }),
    causationId: z.string().nullable().meta({ description: "What the chain of runs began with." }),
    answerMessageId: z.string().nullable().meta({ description: "The message that it answered with." }),
    usage: z.object({
      inputTokens: z.number().int().nullable(),
      outputTokens: z.number().int().nullable(),
      costUsd: z.string().nullable().meta({ description: "US dollars, as an exact decimal." }),
    }),
    error: z
      .object({ code: z.string(), sentence: z.string().nullable() })
      .nullable()
      .meta({ description: "Why it failed, was cancelled, or is tried again." }),
    cancelledBy: z.string().nullable(),
    createdAt: moment,
    startedAt: moment.nullable(),
    finishedAt: moment.nullable(),
  })
  .meta({ id: "Run" });

export const runPageSchema = pageOf(runSchema, "RunPage");

export const runQuery = z.strictObject({
  ...pageQuery,
  channel: z.string().optional().meta({ description: "Only of this channel, `c_…`." }),
  agent: z.string().optional().meta({ description: "Only of this agent, `ag_…`." }),
  status: z.enum(runStatuses).optional(),
});

export function presentRun(run: RunView): z.output<typeof runSchema> {
  const {
    id,
    kind,
    triggerEventId: eventId,
    asker,
    status,
    runtime,
    model,
    attempts,
    hop,
    causationId,
  } = run;
  const { inputTokens, outputTokens, costUsd, error, errorSentence, cancelledBy } = run;
  return {
    id,
    agentId: encodeId("ag", run.agentId),
    channelId: encodeId("c", run.channelId),
    sessionId: run.sessionId === null ? null : encodeId("ses", run.sessionId),
    trigger: { kind, eventId, asker },
    ...{ status, runtime, model, attempts, hop, causationId },
    answerMessageId: run.answerMessageId === null ? null : encodeId("m", run.answerMessageId),
    usage: { inputTokens, outputTokens, costUsd },
    error: error === null ? null : { code: error, sentence: errorSentence },
    cancelledBy,
    createdAt: momentOf(run.createdUs),
    startedAt: momentOrNull(run.startedUs),
    finishedAt: momentOrNull(run.finishedUs),
  };
}

export const newRunSchema = z
  .strictObject({
    channel: z.string().meta({ description: "The channel to answer in, `c_…`." }),
    prompt: z
      .string()
      .min(1)
      .max(32_768)
      .refine((text) => text.isWellFormed() && !text.includes("\0"), "prompt is not text that can be stored.")
      .meta({ description: "What the agent is asked. It is kept with the run." }),
    threadRoot: z.string().min(2).max(255).startsWith("$").optional().meta({
      description: "The Matrix event of the thread to answer in.",
    }),
  })
  .meta({ id: "NewRun" });

export const sessionSchema = z
  .object({
    id: idOf("ses", "The session."),
    channelId: idOf("c", "The channel."),
    status: z.enum(["active", "idle", "closed"]),
    runs: z.number().int(),
    startedAt: moment,
    lastActivityAt: moment.nullable(),
  })
  .meta({ id: "AgentSession" });

export const sessionPageSchema = pageOf(sessionSchema, "AgentSessionPage");

export function presentSession(session: SessionView): z.output<typeof sessionSchema> {
  const { id, channelId, status, runs, startedUs, lastActivityUs } = session;
  return {
    id: encodeId("ses", id),
    channelId: encodeId("c", channelId),
    status,
    runs,
    startedAt: momentOf(startedUs),
    lastActivityAt: momentOrNull(lastActivityUs),
  };
}

const word = z.string().regex(/^\P{C}{1,64}$/u, "A keyword has 1 to 64 printable characters.");
const reactionKey = z.string().regex(/^\P{Cc}{1,32}$/u, "A reaction has 1 to 32 characters.");

export const channelSettingsSchema = z
  .strictObject({
    onMention: z.boolean().default(true).meta({ description: "Being mentioned asks it." }),
    onName: z
      .boolean()
      .default(false)
      .meta({ description: "Its display name in a text counts as a mention." }),
    onReply: z.boolean().default(true).meta({ description: "A reply to what it said asks it." }),
    onDirect: z
      .boolean()
      .default(true)
      .meta({ description: "In a room of one person and it, everything asks it." }),
    onCommand: z.boolean().default(true).meta({ description: "`!<code> …` asks it." }),
    keywords: z
      .array(word)
      .max(20)
      .default([])
      .meta({ description: "Words that ask it, whatever their case." }),
    reactionKeys: z.array(reactionKey).max(20).default([]).meta({
      description: "Reactions that ask it about the message they are on.",
    }),
    who: z.enum(["everybody", "members"]).default("everybody").meta({
      description: "Everybody in the channel may ask it, or members of the microDAO.",
    }),
    answersAgents: z.boolean().nullable().default(null).meta({
      description: "Whether other agents may ask it by a mention; null: as the agent is configured.",
    }),
  })
  .meta({ id: "AgentChannelSettings" });

export function presentSettings(settings: ChannelSettings): z.output<typeof channelSettingsSchema> {
  return { ...settings, keywords: [...settings.keywords], reactionKeys: [...settings.reactionKeys] };
}
