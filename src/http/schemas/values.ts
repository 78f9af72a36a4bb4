import { z } from "zod";
import { encodeId, type IdPrefix } from "../../kernel/ids.ts";

/** A moment, RFC 3339 in UTC with milliseconds. */
export const moment = z.string().meta({ format: "date-time", examples: ["2026-11-21T09:30:00.000Z"] });

/** An id with its prefix: a TypeID. */
export function idOf(prefix: IdPrefix, what: string) {
  return z.string().meta({ description: what, examples: [encodeId(prefix, exampleUuid)] });
}

const exampleUuid = "01893726-efee-7f02-8fbf-9f2b7bc2f910";

/** Microseconds since 1970 as the API writes them. */
export function momentOf(microseconds: bigint | number): string {
  return new Date(Number(BigInt(microseconds) / 1000n)).toISOString();
}

export function momentOrNull(microseconds: bigint | number | null): string | null {
  return microseconds === null ? null : momentOf(microseconds);
}

/** `limit` and `cursor`, which every list has. */
export const pageQuery = {
  limit: z.coerce
    .number("limit is a whole number from 1 to 200.")
    .int("limit is a whole number from 1 to 200.")
    .min(1, "limit is at least 1.")
    .max(200, "limit is at most 200.")
    .default(50)
    .meta({ description: "How many items at most." }),
  cursor: z.string().max(400, "This is not a cursor.").optional().meta({
    description: "`nextCursor` of the page before.",
  }),
};

/** A page: its items, and the cursor of the next one if there is one. */
export function pageOf<T extends z.ZodType>(item: T, name: string) {
  return z
    .object({
      items: z.array(item),
      nextCursor: z.string().nullable().meta({ description: "Null on the last page." }),
    })
    .meta({ id: name });
}

/** Why somebody does something: one line that people will read in the room and in the audit log. */
export const reasonText = z
  .string()
  .regex(/^\P{C}{1,300}$/u, "A reason has 1 to 300 characters without control characters.")
  .refine((text) => text.trim() !== "", "The reason is empty.");

/** Printable ASCII. Any other character could not be told apart on its way through proxies. */
export function idempotencyHeaders(description: string) {
  return z.object({
    "idempotency-key": z
      .string()
      .regex(/^[\x20-\x7e]{1,255}$/, "Idempotency-Key has 1 to 255 printable ASCII characters.")
      .optional()
      .meta({ description }),
  });
}
