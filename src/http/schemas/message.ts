import { z } from "zod";
import type { MessageView, TrackedMessage } from "../../domain/messaging/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { type LinkTo, mediaSchema, presentMedia } from "./media.ts";
import { pollSchema, presentPoll } from "./poll.ts";
import { idOf, moment, momentOf, momentOrNull, pageOf } from "./values.ts";

const reference = z
  .object({
    id: z.string().nullable().meta({ description: "`m_…`, if the message is mirrored." }),
    eventId: z.string(),
  })
  .meta({ id: "MessageReference" });

const shape = {
  id: idOf("m", "The message; the same before and after it came back from the room."),
  eventId: z.string().nullable().meta({ description: "Its Matrix event, once there is one." }),
  channelId: idOf("c", "The channel."),
  sender: z.object({
    kind: z.enum(["user", "agent"]),
    id: z.string().meta({ description: "`u_…` or `ag_…`." }),
    matrixId: z.string().nullable(),
    displayName: z.string().nullable(),
  }),
  kind: z.string().meta({ description: "What it is.", examples: ["text", "image", "encrypted", "redacted"] }),
  preview: z
    .string()
    .meta({ description: "Plain text, at most 280 characters. The full text stays in Matrix." }),
  createdAt: moment,
  editedAt: moment.nullable(),
  redactedAt: moment.nullable(),
  replyTo: reference.nullable(),
  threadRoot: reference.nullable(),
  reactions: z.array(z.object({ key: z.string(), count: z.int() })).meta({
    description: "How many people and agents reacted with each key, most first.",
  }),
  media: z.array(mediaSchema).meta({ description: "Its files: one, several in a gallery, mostly none." }),
  poll: pollSchema.nullable().meta({ description: "What a poll has come to; null for what is no poll." }),
  metadata: z.record(z.string(), z.unknown()).nullable(),
};

export const messageSchema = z.object(shape).meta({ id: "Message" });
export const messagePageSchema = pageOf(messageSchema, "MessagePage");

export const deliverySchema = z
  .object({
    state: z.enum(["queued", "sending", "sent", "confirmed", "failed"]).meta({
      description:
        "`queued` stored here; `sending` on the way; `sent` taken by the homeserver; `confirmed` come back from the " +
        "room and mirrored; `failed` refused for good, `error` says why.",
    }),
    attempts: z.int().meta({ description: "How often the homeserver was asked." }),
    error: z
      .object({ code: z.string(), detail: z.string().nullable() })
      .nullable()
      .meta({ description: "Why it failed, or why the last attempt did." }),
    sentAt: moment.nullable(),
    confirmedAt: moment.nullable(),
  })
  .meta({ id: "Delivery" });

export const trackedMessageSchema = z
  .object({
    ...shape,
    delivery: deliverySchema.meta({ description: "A message that was not posted here is `confirmed`." }),
  })
  .meta({ id: "TrackedMessage" });

export const postedMessageSchema = trackedMessageSchema
  .extend({
    parts: z.array(z.string()).optional().meta({
      description: "Of a text that was split: `m_…` of the messages that it takes, in order, this one first.",
    }),
  })
  .meta({ id: "PostedMessage" });

export function presentMessage(view: MessageView, linkTo: LinkTo): z.infer<typeof messageSchema> {
  const id = encodeId("m", view.id);
  return {
    id,
    eventId: view.eventId,
    channelId: encodeId("c", view.channelId),
    sender: {
      kind: view.senderIsAgent ? "agent" : "user",
      id: encodeId(view.senderIsAgent ? "ag" : "u", view.senderId),
      matrixId: view.senderMatrixId,
      displayName: view.senderName,
    },
    kind: view.kind,
    preview: view.preview,
    createdAt: momentOf(view.createdUs),
    editedAt: momentOrNull(view.editedUs),
    redactedAt: momentOrNull(view.redactedUs),
    replyTo: referenceTo(view.replyToEventId, view.replyToId),
    threadRoot: referenceTo(view.threadRootEventId, view.threadRootId),
    reactions: view.reactions.map(({ key, count }) => ({ key, count })),
    media: presentMedia({ id, kind: view.kind, metadata: view.metadata }, linkTo),
    poll: view.poll === null ? null : presentPoll(view.poll, view.preview),
    metadata: view.metadata as Record<string, unknown> | null,
  };
}

function referenceTo(eventId: string | null, id: string | null): z.infer<typeof reference> | null {
  return eventId === null ? null : { id: id === null ? null : encodeId("m", id), eventId };
}

export function presentTracked(view: TrackedMessage, linkTo: LinkTo): z.infer<typeof trackedMessageSchema> {
  return { ...presentMessage(view, linkTo), delivery: presentDelivery(view) };
}

function presentDelivery({ send, createdUs }: TrackedMessage): z.infer<typeof deliverySchema> {
  if (send === null) {
    return { state: "confirmed", attempts: 0, error: null, sentAt: null, confirmedAt: momentOf(createdUs) };
  }
  return {
    state: send.state,
    attempts: send.attempts,
    error: send.errorCode === null ? null : { code: send.errorCode, detail: send.error },
    sentAt: momentOrNull(send.sentUs),
    confirmedAt: momentOrNull(send.confirmedUs),
  };
}
