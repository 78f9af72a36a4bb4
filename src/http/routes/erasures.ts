import { z } from "zod";
import { requireCapability } from "../../domain/governance/index.ts";
import { erasePerson, findPerson } from "../../domain/messaging/index.ts";
import { agentTraces } from "../../domain/runtime/index.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { requireOperator } from "../require-operator.ts";
import { moment } from "../schemas/values.ts";

const count = z.number().int();
const countsSchema = z
  .object({
    messages: count,
    edits: count,
    reactions: count,
    votes: count,
    memberEvents: count,
    channelMembers: count,
    profiles: count,
    memories: count.meta({
      description: "What agents remember because of something this person asked or said.",
    }),
    runs: count.meta({
      description: "Runs with a prompt of theirs, or with a sentence about why it failed.",
    }),
    toolCalls: count.meta({ description: "Calls of tools in such runs." }),
    schedules: count.meta({ description: "Schedules of agents that they made." }),
  })
  .meta({
    id: "PersonCounts",
    description: "Rows that hold something a person said or is called, or what agents hold because of it.",
  });

const erasureSchema = z
  .object({
    userId: z.string().nullable().meta({ description: "Null when nobody has met this person." }),
    erasedAt: moment.nullable().meta({ description: "Null when it was only counted." }),
    found: countsSchema,
    left: countsSchema,
    deadLetters: count.meta({ description: "Events that could not be processed: dropped, or only counted." }),
  })
  .meta({ id: "Erasure" });

/** Erasing people. */
export function erasureRoutes(scope: ApiScope, { database, dropLetters }: RouteDeps): void {
  scope.post(
    "/erasures",
    {
      schema: {
        operationId: "erasePerson",
        summary: "Remove everything that a person said and is called",
        description:
          "In all microDAOs: an operator's key is needed, an integration's that is bound to none and holds `person.erase`. " +
          "Doing it again finishes what was cut off.",
        tags: ["people"],
        body: z.strictObject({
          matrixId: z
            .string()
            .max(255)
            .meta({ examples: ["@bob:example.org"] }),
          dryRun: z.boolean().default(false).meta({ description: "Only count." }),
        }),
        response: { 200: erasureSchema, ...refusals(401, 403, 422, 429, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      requireCapability(principal, "person.erase");
      requireOperator(principal);
      const { matrixId, dryRun } = request.body;
      const erasure = dryRun
        ? await findPerson(database, matrixId, agentTraces)
        : await erasePerson(database, principal.actor, matrixId, agentTraces);
      const deadLetters = (await dropLetters?.(matrixId, { onlyCount: dryRun })) ?? 0;
      return { ...erasure, deadLetters, erasedAt: erasure.erasedAt?.toISOString() ?? null };
    },
  );
}
