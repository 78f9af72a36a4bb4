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
const oneOrFile = { anyOf: [...exactlyOne.oneOf, { required: ["attachment"] }] };

const attachmentSchema = z
  .strictObject({
    mxcUri: z
      .string()
      .regex(/^mxc:\/\/[A-Za-z0-9.:[\]-]{1,255}\/[A-Za-z0-9_-]{1,255}$/, "Name the file as mxc://server/id.")
      .meta({ description: "Where it is, as `POST /v1/media` said." }),
    filename: z
      .string()
      .min(1)
      .max(255)
      .refine((name) => name.isWellFormed(), "The name is not valid Unicode.")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
      .refine(
        (name) => !/[\u0000-\u001f\u007f/\\]/.test(name),
        "A name has no slashes and no control characters.",
      )
      .refine((name) => !/^\.{1,2}$/.test(name), "That is no name of a file.")
      .meta({ description: "What people see it is called." }),
  })
  .meta({ id: "Attachment" });

function requireExactlyOne(context: {
  value: { text?: string | undefined; markdown?: string | undefined; attachment?: object | undefined };
  issues: z.core.$ZodRawIssue[];
}): void {
  const { text, markdown, attachment } = context.value;
  if ((text === undefined) !== (markdown === undefined)) return;
  if (attachment !== undefined && text === undefined) return;
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

/** What grows is a text of its own. */
function requirePlainStream(context: {
  value: { stream?: true | undefined; attachment?: object | undefined; overflow?: string | undefined };
  issues: z.core.$ZodRawIssue[];
}): void {
  const { stream, attachment, overflow } = context.value;
  if (stream === undefined || (attachment ?? overflow) === undefined) return;
  const message = "A message that grows has no attachment, and is split when it is too long.";
  context.issues.push({ code: "custom", message, input: context.value, path: ["stream"] });
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
  attachment: attachmentSchema
    .optional()
    .meta({ description: "A file that was uploaded; the text is its caption and may be left out." }),
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
  .check(requirePlainStream)
  .meta({
    id: "NewMessage",
    description: "One of `text` and `markdown`, or an `attachment` with or without one of them.",
    ...oneOrFile,
  });

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
          .meta({ id: "NewBatchMessage", ...oneOrFile }),
      )
      .min(1, "A batch has at least one message.")
      .max(100, "A batch has at most 100 messages."),
  })
  .meta({ id: "NewMessages", description: "In the order in which they are to be said." });

/** A file, as verbs take it. */
export function attachmentOf(
  file: z.infer<typeof attachmentSchema> | undefined,
): { mxc: string; filename: string } | undefined {
  return file && { mxc: file.mxcUri, filename: file.filename };
}

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

/** What a schema with `text` and `markdown` has let through. A file needs no caption. */
export function bodyOf({
  text,
  markdown,
  attachment,
}: {
  text?: string | undefined;
  markdown?: string | undefined;
  attachment?: object | undefined;
}): MessageBody {
  if (text !== undefined) return { text };
  if (markdown !== undefined) return { markdown };
  if (attachment !== undefined) return { text: "" };
  throw bug("a message without text passed its schema");
}

export const newMessageHeaders = idempotencyHeaders(
  "Repeat the request with the same key as often as needed: it is carried out once. Remembered for ever, per agent.",
);
