import { z } from "zod";
import { idOf, moment } from "./values.ts";

/** A claimed run with all that an answer needs. */
export const triggerSchema = z
  .object({
    runId: idOf("run", "The run."),
    attempt: z.int().meta({ description: "How often the run was taken up, this time included." }),
    leaseToken: z.string().meta({ description: "To be sent along with whatever is done about the run." }),
    leaseEndsAt: moment.meta({ description: "Then somebody else may take the run, unless it is renewed." }),
    kind: z.enum(["mention", "reply", "direct", "command", "keyword", "schedule", "reaction", "api"]),
    eventId: z.string().nullable().meta({ description: "The Matrix event that asks." }),
    threadRoot: z.string().nullable().meta({ description: "The Matrix event that its thread began with." }),
    channelId: idOf("c", "The channel."),
    roomId: z.string().meta({ description: "Its Matrix room." }),
    microdaoId: idOf("md", "The microDAO."),
    teamId: z.string().nullable(),
    agent: z.object({ id: idOf("ag", "The agent."), name: z.string(), matrixId: z.string() }),
    asker: z
      .object({ matrixId: z.string(), name: z.string().nullable() })
      .nullable()
      .meta({ description: "Null when nobody waits for an answer." }),
    question: z.string().nullable().meta({
      description: "What was asked, as plain text, read from the room at this moment.",
    }),
    answer: z
      .object({
        path: z.string().meta({ description: "Where to post the answer." }),
        replyTo: z.string().nullable(),
        threadRoot: z.string().nullable(),
      })
      .meta({ description: "Post with these, `runId` and `leaseToken`." }),
    contextPath: z.string().meta({ description: "The messages before the question." }),
  })
  .meta({ id: "Trigger" });

const longestLeaseMs = 600_000;

export const leaseMsSchema = z
  .int()
  .min(1_000, "leaseMs is at least 1000.")
  .max(longestLeaseMs, `leaseMs is at most ${longestLeaseMs}.`)
  .default(60_000)
  .meta({ description: "For how many milliseconds the run is held." });

export const leaseTokenSchema = z
  .string()
  .max(100)
  .meta({ description: "As it came with the claim or the webhook." });
