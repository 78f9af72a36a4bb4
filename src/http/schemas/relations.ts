import { z } from "zod";
import type { ReactionView, VersionView } from "../../domain/messaging/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { moment, pageOf } from "./values.ts";

const versionSchema = z
  .object({
    eventId: z.string().meta({ description: "The message's own event, or the edit's." }),
    at: moment,
    kind: z.string(),
    preview: z.string(),
    current: z.boolean().meta({ description: "Whether it is shown now." }),
  })
  .meta({ id: "MessageVersion" });

export const versionPageSchema = pageOf(versionSchema, "MessageVersionPage");

export function presentVersion({
  eventId,
  ts,
  kind,
  preview,
  current,
}: VersionView): z.infer<typeof versionSchema> {
  return { eventId, at: new Date(ts).toISOString(), kind, preview, current };
}

const reactionSchema = z
  .object({
    eventId: z.string(),
    key: z.string().meta({ examples: ["👍"] }),
    at: moment,
    sender: z.object({
      kind: z.enum(["user", "agent"]),
      id: z.string().meta({ description: "`u_…` or `ag_…`." }),
      matrixId: z.string().nullable(),
      displayName: z.string().nullable(),
    }),
  })
  .meta({ id: "Reaction" });

export const reactionPageSchema = pageOf(reactionSchema, "ReactionPage");

export function presentReaction(view: ReactionView): z.infer<typeof reactionSchema> {
  return {
    eventId: view.eventId,
    key: view.key,
    at: new Date(view.ts).toISOString(),
    sender: {
      kind: view.senderIsAgent ? "agent" : "user",
      id: encodeId(view.senderIsAgent ? "ag" : "u", view.senderId),
      matrixId: view.senderMatrixId,
      displayName: view.senderName,
    },
  };
}
