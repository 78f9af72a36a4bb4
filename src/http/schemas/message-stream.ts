import { z } from "zod";
import { leaseTokenSchema } from "./trigger.ts";
import { idOf } from "./values.ts";

const storable = z
  .string()
  .max(400_000, "The text has more than 400,000 characters.")
  .refine((text) => text.isWellFormed(), "The text has a lone surrogate: it is not valid Unicode.")
  .refine((text) => !text.includes("\0"), "The text has a NUL character (U+0000).");

const words = {
  append: storable.optional().meta({ description: "What comes after the text so far." }),
  text: storable.optional().meta({ description: "The whole text so far, instead." }),
  done: z.literal(true).optional().meta({ description: "This was all." }),
  failed: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .meta({ description: "It ends here though it is not whole; people are told this sentence." }),
  cancelled: z.literal(true).optional().meta({ description: "It ends here because somebody wanted so." }),
};

type Words = { [Name in keyof typeof words]?: z.infer<(typeof words)[Name]> };

function requireOneOfEach({ value, issues }: { value: Words; issues: z.core.$ZodRawIssue[] }): void {
  const { append, text, done, failed, cancelled } = value;
  const refuse = (message: string, field: string) =>
    issues.push({ code: "custom", message, input: value, path: [field] });
  if (append !== undefined && text !== undefined)
    refuse("Give append or text, and not both of them.", "append");
  const endings = [done, failed, cancelled].filter((ending) => ending !== undefined);
  if (endings.length > 1) refuse("A message ends in one way: done, failed or cancelled.", "done");
}

export const streamPieceSchema = z
  .strictObject({
    ...words,
    seq: z.int().min(1).max(1_000_000).optional().meta({
      description: "The number of the piece, from 1: the same piece is taken once, however often it is sent.",
    }),
    leaseToken: leaseTokenSchema.optional().meta({
      description:
        "Of the run that the message was begun for: without holding it nobody goes on with the message.",
    }),
  })
  .check(requireOneOfEach)
  .meta({ id: "StreamPiece", description: "An empty one keeps the stream alive." });

/** A line of a message that is said in pieces. */
export const messagePieceSchema = z.strictObject(words).check(requireOneOfEach);

export type StreamPiece = z.infer<typeof streamPieceSchema>;

export const streamSchema = z
  .object({
    messageId: idOf("m", "The message."),
    state: z.enum(["open", "complete", "failed", "cancelled"]),
    seq: z.int().meta({ description: "The last piece that was taken." }),
    parts: z.array(z.string()).meta({
      description:
        "`m_…` of the messages that it takes: more than one when the text was too long and has ended.",
    }),
  })
  .meta({ id: "MessageStream" });
