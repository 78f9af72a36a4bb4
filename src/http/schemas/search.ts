import { z } from "zod";
import { decodeId } from "../../kernel/ids.ts";
import { messageSchema } from "./message.ts";
import { pageOf, pageQuery } from "./values.ts";

const time = (what: string) =>
  z.iso
    .datetime({ offset: true, error: "Write a moment as 2026-11-21T09:30:00Z." })
    .optional()
    .meta({ description: what });

export const searchQuery = z.strictObject({
  ...pageQuery,
  q: z
    .string()
    .trim()
    .min(1, "Say what to look for.")
    .max(200, "q has at most 200 characters.")
    .refine((text) => text.isWellFormed() && !text.includes("\0"), "q is not text that can be stored.")
    .meta({
      description:
        'Words, all of which must be there; "a phrase" in quotes; `or` between alternatives; `-word` for what must not be there.',
      examples: ['budget "next year" -draft'],
    }),
  channel: z.string().optional().meta({ description: "Only in this channel: `c_…`." }),
  microdao: z
    .string()
    .regex(/^(?:microdao:[1-9]\d{0,17}|md_[0-9a-z]{26})$/, "Name a microDAO as microdao:7 or md_….")
    .optional()
    .meta({ description: "Only in channels of this microDAO: `microdao:7` or `md_…`." }),
  from: z
    .string()
    .max(255)
    .refine(
      (name) => name.startsWith("@") || senderIdOf(name) !== undefined,
      "Name a sender as @user:server, u_… or ag_….",
    )
    .optional()
    .meta({ description: "Only from this sender: `@user:server`, `u_…` or `ag_…`." }),
  before: time("Only what was said before this moment."),
  after: time("Only what was said at this moment or later."),
});

/** The uuid of `u_…` or `ag_…`. */
export function senderIdOf(name: string): string | undefined {
  return decodeId("u", name) ?? decodeId("ag", name);
}

const foundSchema = z
  .object({
    snippet: z.string().meta({
      description: "The preview as HTML, safe to put into a page, with the words of the query in `<mark>`.",
    }),
    message: messageSchema,
  })
  .meta({ id: "FoundMessage" });

export const foundPageSchema = pageOf(foundSchema, "FoundMessagePage");
