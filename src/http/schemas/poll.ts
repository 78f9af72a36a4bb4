import { z } from "zod";
import type { PollView } from "../../domain/messaging/index.ts";
import { moment } from "./values.ts";

export const pollSchema = z
  .object({
    question: z.string().meta({ description: "Plain text, at most 280 characters." }),
    disclosed: z.boolean().meta({ description: "Whether votes are shown before the end." }),
    maxSelections: z.int().meta({ description: "How many answers one may choose." }),
    ended: z.boolean(),
    endedAt: moment.nullable(),
    voters: z.int().nullable().meta({ description: "How many votes count. Null while they are secret." }),
    answers: z.array(
      z.object({
        id: z.string(),
        text: z.string().meta({ description: "Plain text, at most 100 characters." }),
        votes: z.int().nullable().meta({ description: "Null while votes are secret." }),
      }),
    ),
  })
  .meta({ id: "Poll" });

/** A poll as readers see it; its question is the preview of the message. */
export function presentPoll(poll: PollView, question: string): z.infer<typeof pollSchema> {
  const { disclosed, maxSelections, ended, endedTs, voters } = poll;
  return {
    question,
    disclosed,
    maxSelections,
    ended,
    endedAt: endedTs === null ? null : new Date(endedTs).toISOString(),
    voters,
    answers: poll.answers.map(({ id, text, votes }) => ({ id, text, votes })),
  };
}
