import { z } from "zod";
import { type Followup, longestNote } from "../../domain/messaging/index.ts";
import type { Actor } from "../../kernel/actor.ts";
import { encodeId } from "../../kernel/ids.ts";
import { idOf, moment, momentOf, momentOrNull, pageOf, pageQuery } from "./values.ts";

const who = z.object({
  kind: z.enum(["user", "agent", "service", "embassy"]),
  id: z.string().meta({ description: "`u_…`, `ag_…`, or the name of a program." }),
});

export const followupSchema = z
  .object({
    id: idOf("f", "The follow-up."),
    status: z.enum(["open", "resolved"]),
    note: z.string().meta({ description: "What is to be done; mostly empty." }),
    channelId: idOf("c", "The channel."),
    message: z.object({
      id: idOf("m", "The message to come back to."),
      eventId: z.string(),
      kind: z.string(),
      preview: z.string().meta({
        description: "Empty for a message without words, and for a key without `chat.message.read`.",
      }),
      senderMatrixId: z.string().nullable(),
    }),
    assignee: z
      .object({ kind: z.enum(["user", "agent"]), id: z.string(), matrixId: z.string().nullable() })
      .nullable()
      .meta({ description: "Who is to see to it." }),
    createdBy: who,
    createdAt: moment,
    updatedAt: moment,
    resolvedBy: who.nullable(),
    resolvedAt: moment.nullable(),
  })
  .meta({ id: "Followup" });

export const followupPageSchema = pageOf(followupSchema, "FollowupPage");

const text = z
  .string()
  .max(longestNote, `A note has at most ${longestNote} characters.`)
  .refine((note) => note.isWellFormed() && !note.includes("\0"), "note is not text that can be stored.");
const note = text.optional().meta({ description: `What is to be done, at most ${longestNote} characters.` });
const person = z.string().min(1).max(255);
const assignee = person.optional().meta({
  description: "Who is to see to it: `u_…`, `ag_…` or `@user:server` of somebody in the channel.",
});

export const newFollowupSchema = z.strictObject({ note, assignee });
export const channelFollowupSchema = z.strictObject({
  message: z
    .string()
    .min(1)
    .max(255)
    .meta({ description: "A message of the channel: `m_…`, or its `$event` id." }),
  note,
  assignee,
});
export const followupChangeSchema = z
  .strictObject({
    status: z.enum(["open", "resolved"]).optional(),
    note,
    assignee: person.nullable().optional().meta({ description: "Null: nobody in particular." }),
  })
  .refine((change) => Object.keys(change).length > 0, "Say what is to change.");

export const followupQuery = z.strictObject({
  ...pageQuery,
  channel: z.string().optional().meta({ description: "Only of this channel: `c_…`." }),
  status: z.enum(["open", "resolved", "any"]).default("open"),
  assignee: z
    .string()
    .optional()
    .meta({ description: "Only what this person or agent is to see to: `u_…` or `ag_…`." }),
});

/** `readsMessages`: whether the key may see what the message says. */
export function presentFollowup(followup: Followup, readsMessages: boolean): z.infer<typeof followupSchema> {
  const { assignee: assigned } = followup;
  return {
    id: followup.id,
    status: followup.status,
    note: followup.note,
    channelId: encodeId("c", followup.channelId),
    message: {
      id: encodeId("m", followup.messageId),
      eventId: followup.eventId,
      kind: followup.messageKind,
      preview: readsMessages ? followup.preview : "",
      senderMatrixId: followup.senderMatrixId,
    },
    assignee: assigned && { ...assigned, id: encodeId(assigned.kind === "user" ? "u" : "ag", assigned.id) },
    createdBy: presentActor(followup.createdBy),
    createdAt: momentOf(followup.createdUs),
    updatedAt: momentOf(followup.updatedUs),
    resolvedBy: followup.resolvedBy && presentActor(followup.resolvedBy),
    resolvedAt: momentOrNull(followup.resolvedUs),
  };
}

function presentActor({ kind, id }: Actor): z.infer<typeof who> {
  return { kind, id };
}
