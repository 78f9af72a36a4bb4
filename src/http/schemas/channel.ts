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
    matrixRoomId: z
      .string()
      .nullable()
      .meta({ description: "The room that the channel mirrors now; null while it is being made." }),
    visibility: z.enum(["public", "private", "microdao"]),
    status: z.enum(["creating", "failed", "active", "unlinked", "archived"]).meta({
      description: "`creating`: its room is being made. `failed`: the homeserver refused to make it.",
    }),
    problem: z.string().nullable().meta({
      description: "For a channel that was created here: why its room was not made, or what it lacks.",
    }),
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
