import { z } from "zod";
import { idempotencyHeaders } from "./values.ts";

/** One line for people. PostgreSQL stores neither NUL nor half a surrogate pair. */
export const nameText = z
  .string()
  .regex(/^\P{C}{1,200}$/u, "A name has 1 to 200 characters without control characters.")
  .refine((text) => text.trim() !== "", "The name is empty.");

export const topicText = z
  .string()
  .max(1000, "A topic has at most 1,000 characters.")
  .refine((text) => text.isWellFormed(), "The text has a lone surrogate: it is not valid Unicode.")
  .refine((text) => !text.includes("\0"), "The text has a NUL character (U+0000).");

export const roomVersion = z
  .string()
  .regex(/^[a-z0-9.-]{1,32}$/, "A room version is a word such as 11 or 12.")
  .optional()
  .meta({ description: "The version of the Matrix room; the homeserver's default if left out." });

export const microdaoName = z
  .string()
  .regex(/^(?:microdao:[1-9]\d{0,17}|md_[0-9a-z]{26})$/, "Name a microDAO as microdao:7 or md_….");

const slug = z
  .string()
  .max(64, "A slug has at most 64 characters.")
  .regex(/^[a-z0-9](?:-?[a-z0-9])*$/, "A slug has letters a to z, digits and single dashes.");

export const visibility = z.enum(["public", "private", "microdao"]).meta({
  description:
    "Who may join: anybody, those who are invited, or whoever is in the microDAO's space (by invitation where it has none).",
});

const member = z
  .string()
  .regex(
    /^(?:@[\x21-\x39\x3b-\x7e]{1,200}:[A-Za-z0-9.:[\]-]{1,230}|agent:[a-z0-9._=/-]{1,100})$/,
    "Name a member as @alice:example.org or agent:sofia.",
  );

export const newChannelSchema = z
  .strictObject({
    microdao: microdaoName.meta({ description: "The microDAO that it belongs to: `microdao:7` or `md_…`." }),
    name: nameText,
    slug: slug.optional().meta({ description: "Its name in addresses; made of `name` if left out." }),
    topic: topicText.optional(),
    visibility: visibility.default("microdao"),
    members: z.array(member).max(100, "At most 100 members are invited at once.").default([]).meta({
      description: "People (`@alice:example.org`) and agents (`agent:sofia`) to invite, besides the creator.",
    }),
    roomVersion,
  })
  .meta({ id: "NewChannel" });

export const onceHeaders = idempotencyHeaders(
  "Repeat the request with the same key as often as needed: it is done once. Remembered for ever, per subject.",
);
