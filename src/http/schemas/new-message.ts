import { z } from "zod";

/** PostgreSQL stores neither NUL nor half a surrogate pair; guessing what was meant would change the text. */
const storable = z
  .string()
  .max(60_000, "The text is too long for a Matrix event, which holds 64 KiB with its HTML.")
  .refine((text) => text.isWellFormed(), "The text has a lone surrogate: it is not valid Unicode.")
  .refine((text) => !text.includes("\0"), "The text has a NUL character (U+0000).")
  .refine((text) => text.trim() !== "", "The text is empty.");

const reference = z
  .string()
  .regex(
    /^(?:m_[0-7][0-9a-hjkmnp-tv-z]{25}|\$[\x21-\x7e]{1,254})$/,
    "Name a message as m_… or as its $event id.",
  );

export const newMessageSchema = z
  .strictObject({
    text: storable.optional().meta({ description: "Plain text, sent as it is." }),
    markdown: storable.optional().meta({ description: "Markdown (CommonMark), sent with its HTML." }),
    replyTo: reference
      .optional()
      .meta({ description: "The message that this answers: `m_…` or a `$event` id." }),
    threadRoot: reference.optional().meta({ description: "A message of the thread that this belongs to." }),
    msgtype: z
      .enum(["m.text", "m.notice", "m.emote"])
      .optional()
      .meta({ description: "`m.text` if left out." }),
  })
  .check((context) => {
    const { text, markdown } = context.value;
    if ((text === undefined) !== (markdown === undefined)) return;
    const message =
      text === undefined ? "Give text or markdown." : "Give text or markdown, and not both of them.";
    context.issues.push({ code: "custom", message, input: context.value, path: ["text"] });
  })
  .meta({
    id: "NewMessage",
    description: "Exactly one of `text` and `markdown`.",
    oneOf: [{ required: ["text"] }, { required: ["markdown"] }],
  });

export type NewMessage = z.infer<typeof newMessageSchema>;

/** Printable ASCII. Any other character could not be told apart on its way through proxies. */
export const newMessageHeaders = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, "Idempotency-Key has 1 to 255 printable ASCII characters.")
    .optional()
    .meta({
      description:
        "Repeat the request with the same key as often as needed: the message is posted once. Remembered for ever, per agent.",
    }),
});
