import { z } from "zod";
import type { MessageBody } from "../../domain/messaging/index.ts";
import { bug } from "../../kernel/errors.ts";
import { decodeId } from "../../kernel/ids.ts";
import { leaseTokenSchema } from "./trigger.ts";
import { idempotencyHeaders } from "./values.ts";

/** PostgreSQL stores neither NUL nor half a surrogate pair; guessing what was meant would change the text. */
const storable = z
  .string()
  .max(400_000, "The text has more than 400,000 characters.")
  .refine((text) => text.isWellFormed(), "The text has a lone surrogate: it is not valid Unicode.")
  .refine((text) => !text.includes("\0"), "The text has a NUL character (U+0000).")
  .refine((text) => text.trim() !== "", "The text is empty.");

const reference = z
  .string()
  .regex(
    /^(?:m_[0-7][0-9a-hjkmnp-tv-z]{25}|\$[\x21-\x7e]{1,254})$/,
    "Name a message as m_… or as its $event id.",
  );

const words = {
  text: storable.optional().meta({ description: "Plain text, sent as it is." }),
  markdown: storable.optional().meta({ description: "Markdown (CommonMark), sent with its HTML." }),
};

/** Either of `text` and `markdown`, in the description for programs. */
const exactlyOne = { oneOf: [{ required: ["text"] }, { required: ["markdown"] }] };

function requireExactlyOne(context: {
  value: { text?: string | undefined; markdown?: string | undefined };
  issues: z.core.$ZodRawIssue[];
}): void {
  const { text, markdown } = context.value;
  if ((text === undefined) !== (markdown === undefined)) return;
  const message =
    text === undefined ? "Give text or markdown." : "Give text or markdown, and not both of them.";
  context.issues.push({ code: "custom", message, input: context.value, path: ["text"] });
}

/** The run that the message answers; the bridge looks whether it is held and says in the event what it was caused by. */
const runWords = {
  runId: z
    .string()
    .regex(/^run_[0-7][0-9a-hjkmnp-tv-z]{25}$/, "Name the run as run_….")
    .optional()
    .meta({ description: "The run that this is said for. Refused when it is not held any more." }),
  leaseToken: leaseTokenSchema.optional(),
};

function requireLease(context: {
  value: { runId?: string | undefined; leaseToken?: string | undefined };
  issues: z.core.$ZodRawIssue[];
}): void {
  const { runId, leaseToken } = context.value;
  if ((runId === undefined) === (leaseToken === undefined)) return;
  const message = "runId and leaseToken go together.";
  context.issues.push({ code: "custom", message, input: context.value, path: ["leaseToken"] });
}

const sayable = {
  ...words,
  replyTo: reference
    .optional()
    .meta({ description: "The message that this answers: `m_…` or a `$event` id." }),
  threadRoot: reference.optional().meta({ description: "A message of the thread that this belongs to." }),
  msgtype: z
    .enum(["m.text", "m.notice", "m.emote"])
    .optional()
    .meta({ description: "`m.text` if left out." }),
  overflow: z
    .enum(["split", "attach", "refuse"])
    .optional()
    .meta({
      description:
        "What becomes of a text that one Matrix event does not hold (64 KiB with its HTML): several messages in a row, a " +
        "file with the beginning as its caption, or 413. `refuse` if left out. A text of more than five parts is a file.",
    }),
};

export const newMessageSchema = z
  .strictObject({
    ...sayable,
    stream: z
      .literal(true)
      .optional()
      .meta({ description: "Begin a message that grows: go on with `PATCH /v1/messages/{id}/stream`." }),
    ...runWords,
  })
  .check(requireExactlyOne)
  .check(requireLease)
  .meta({ id: "NewMessage", description: "Exactly one of `text` and `markdown`.", ...exactlyOne });

export const newMessagesSchema = z
  .strictObject({
    messages: z
      .array(
        z
          .strictObject({
            ...sayable,
            idempotencyKey: z
              .string()
              .min(1)
              .max(255)
              .optional()
              .meta({ description: "As the header `Idempotency-Key`, for this one." }),
          })
          .check(requireExactlyOne)
          .meta({ id: "NewBatchMessage", ...exactlyOne }),
      )
      .min(1, "A batch has at least one message.")
      .max(100, "A batch has at most 100 messages."),
  })
  .meta({ id: "NewMessages", description: "In the order in which they are to be said." });

/** `m_…` or `$event`, as verbs take it. */
export function referenceOf(name: string | undefined): { id: string } | { eventId: string } | undefined {
  if (name === undefined) return undefined;
  const id = decodeId("m", name);
  return id === undefined ? { eventId: name } : { id };
}

export type NewMessage = z.infer<typeof newMessageSchema>;

export const messageEditSchema = z
  .strictObject({ ...words, ...runWords })
  .check(requireExactlyOne)
  .check(requireLease)
  .meta({ id: "MessageEdit", description: "Exactly one of `text` and `markdown`.", ...exactlyOne });

/** What a schema with `text` and `markdown` has let through. */
export function bodyOf({
  text,
  markdown,
}: {
  text?: string | undefined;
  markdown?: string | undefined;
}): MessageBody {
  if (text !== undefined) return { text };
  if (markdown !== undefined) return { markdown };
  throw bug("a message without text passed its schema");
}

export const newMessageHeaders = idempotencyHeaders(
  "Repeat the request with the same key as often as needed: it is carried out once. Remembered for ever, per agent.",
);
