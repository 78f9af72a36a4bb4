import { z } from "zod";
import type { MicrodaoView } from "../../domain/messaging/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { nameText, roomVersion, topicText } from "./new-channel.ts";
import { idOf, moment, pageOf } from "./values.ts";

export const microdaoSchema = z
  .object({
    id: idOf("md", "The microDAO."),
    externalId: z.string().meta({ examples: ["microdao:7"] }),
    name: z.string(),
    plan: z.enum(["Freemium", "Casual", "Premium", "Platformium"]),
    owner: z.object({ id: idOf("u", "The user who answers for it."), matrixId: z.string().nullable() }),
    matrixSpaceId: z.string().nullable().meta({ description: "Its Matrix space; null while there is none." }),
    problem: z.string().nullable().meta({ description: "Why its space could not be made." }),
    createdAt: moment,
  })
  .meta({ id: "Microdao" });

export const microdaoPageSchema = pageOf(microdaoSchema, "MicrodaoPage");

export const newMicrodaoSchema = z
  .strictObject({
    name: nameText,
    topic: topicText.optional(),
    visibility: z
      .enum(["public", "private"])
      .default("private")
      .meta({ description: "Whether anybody may enter its space, or those who are invited." }),
    owner: z
      .string()
      .max(255, "A Matrix id has at most 255 characters.")
      .regex(/^@[\x21-\x39\x3b-\x7e]+:[A-Za-z0-9.:[\]-]{1,230}$/, "Name the owner as @alice:example.org.")
      .optional()
      .meta({ description: "Who owns it; the person that the key belongs to if left out." }),
    roomVersion,
  })
  .meta({ id: "NewMicrodao" });

export function presentMicrodao(view: MicrodaoView): z.infer<typeof microdaoSchema> {
  const { ownerUserId, ownerMatrixId, createdAt, ...rest } = view;
  return {
    ...rest,
    id: encodeId("md", view.id),
    owner: { id: encodeId("u", ownerUserId), matrixId: ownerMatrixId },
    createdAt: createdAt.toISOString(),
  };
}
