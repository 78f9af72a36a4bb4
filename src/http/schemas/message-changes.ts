import { z } from "zod";

const longestKey = 500;

/** PostgreSQL stores neither NUL nor half a surrogate pair. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

export const reactionParams = z.object({
  messageId: z.string(),
  key: z
    .string()
    .refine(isStorable, "The key is not valid Unicode, or has a NUL character.")
    .refine((key) => key.trim() !== "", "The key is empty.")
    .refine((key) => Array.from(key).length <= longestKey, `The key has at most ${longestKey} characters.`)
    .meta({ description: "Mostly an emoji, percent-encoded.", examples: ["👍"] }),
});

export const redactionQuery = z.strictObject({
  reason: z
    .string()
    .max(500, "The reason has at most 500 characters.")
    .refine(isStorable, "The reason is not valid Unicode, or has a NUL character.")
    .optional()
    .meta({ description: "Why, for the people in the room." }),
});
