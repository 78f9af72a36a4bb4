import { z } from "zod";
import type { ChannelView, Completeness } from "../../domain/messaging/index.ts";
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
    previousMatrixRoomId: z.string().nullable().meta({
      description: "The room that it mirrored before, when that was upgraded. Its messages are here, too.",
    }),
    upgrade: z.object({ matrixRoomId: z.string(), reason: z.string().nullable() }).nullable().meta({
      description:
        "The room was replaced by one that the bot is not in yet: invite it there. `reason`: the homeserver's.",
    }),
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

const completenessSchema = z
  .object({
    status: z.enum(["complete", "reading", "checking", "unproven", "stopped"]).meta({
      description:
        "`complete`: nothing was missing up to `provenTo` when it was last compared with the homeserver; `reading`: the " +
        "history is being read back; `checking`: it is being compared; `unproven`: it never was; `stopped`: that did not work.",
    }),
    historyRead: z.boolean().meta({ description: "Whether the history has been read to its beginning." }),
    provenTo: moment
      .nullable()
      .meta({ description: "When the newest event was sent up to which nothing is missing." }),
    openGaps: z.int().min(0).meta({ description: "Stretches in which events may be missing." }),
    checkedAt: moment.nullable().meta({ description: "When it was last compared to the end." }),
    stateCheckedAt: moment.nullable().meta({ description: "When state and members were last compared." }),
    found: z.int().min(0).meta({ description: "Events that were never pushed and that comparing found." }),
  })
  .meta({ id: "Completeness" });

/** One channel, with how whole its mirror is. */
export const channelDetailSchema = channelSchema
  .extend({ completeness: completenessSchema.nullable() })
  .meta({ id: "ChannelDetail" });

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

export function presentChannelDetail(
  view: ChannelView,
  completeness: Completeness | undefined,
): z.infer<typeof channelDetailSchema> {
  const told = completeness && {
    ...completeness,
    provenTo: completeness.provenTo?.toISOString() ?? null,
    checkedAt: completeness.checkedAt?.toISOString() ?? null,
    stateCheckedAt: completeness.stateCheckedAt?.toISOString() ?? null,
  };
  return { ...presentChannel(view), completeness: told ?? null };
}
