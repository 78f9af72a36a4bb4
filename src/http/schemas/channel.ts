import { z } from "zod";
import type { ChannelView } from "../../domain/messaging/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { idOf, moment, pageOf } from "./values.ts";

export const channelSchema = z
  .object({
    id: idOf("c", "The channel."),
    slug: z.string().meta({ description: "Its name within the microDAO." }),
    name: z.string(),
    topic: z.string().nullable(),
    microdao: z.object({ id: idOf("md", "The microDAO."), externalId: z.string() }),
    teamId: z.string().nullable(),
    matrixRoomId: z.string().meta({ description: "The room that the channel mirrors now." }),
    visibility: z.enum(["public", "private", "microdao"]),
    status: z.enum(["active", "unlinked", "archived"]),
    encrypted: z
      .boolean()
      .meta({ description: "Messages of encrypted rooms are mirrored without their text." }),
    avatarUrl: z.string().nullable(),
    canonicalAlias: z.string().nullable(),
    joinRule: z.string().nullable(),
    historyVisibility: z.string().nullable(),
    roomVersion: z.string().nullable(),
    roomType: z.string().nullable(),
    createdAt: moment,
    unlinkedAt: moment.nullable(),
  })
  .meta({ id: "Channel" });

export const channelPageSchema = pageOf(channelSchema, "ChannelPage");

export function presentChannel(view: ChannelView): z.infer<typeof channelSchema> {
  const { microdaoId, microdaoExternalId, createdAt, unlinkedAt, ...rest } = view;
  return {
    ...rest,
    id: encodeId("c", view.id),
    microdao: { id: encodeId("md", microdaoId), externalId: microdaoExternalId },
    createdAt: createdAt.toISOString(),
    unlinkedAt: unlinkedAt?.toISOString() ?? null,
  };
}
