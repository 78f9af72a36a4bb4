import { z } from "zod";
import type { Send } from "../../domain/messaging/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { deliverySchema } from "./message.ts";
import { idOf, moment } from "./values.ts";

/** Something that an agent sends: a message, or what it does to one. */
export const sendSchema = z
  .object({
    id: idOf("snd", "The sending itself."),
    kind: z.enum(["message", "edit", "reaction", "reaction_removal", "redaction"]),
    channelId: idOf("c", "The channel."),
    messageId: idOf("m", "The message that it is, or that it changes."),
    eventId: z.string().nullable().meta({ description: "Its own Matrix event, once there is one." }),
    createdAt: moment,
    delivery: deliverySchema,
  })
  .meta({ id: "Send" });

export function presentSend(send: Send): z.infer<typeof sendSchema> {
  const { lastErrorCode, lastError, sentAt, confirmedAt } = send;
  return {
    id: encodeId("snd", send.id),
    kind: send.kind,
    channelId: encodeId("c", send.channelId),
    messageId: encodeId("m", send.messageId),
    eventId: send.eventId,
    createdAt: send.createdAt.toISOString(),
    delivery: {
      state: send.state,
      attempts: send.attempts,
      error: lastErrorCode === null ? null : { code: lastErrorCode, detail: lastError },
      sentAt: sentAt?.toISOString() ?? null,
      confirmedAt: confirmedAt?.toISOString() ?? null,
    },
  };
}
