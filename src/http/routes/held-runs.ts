import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { type Tx, transact } from "../../db/index.ts";
import {
  finishRun,
  letGoOf,
  type OwnRun,
  prolongRun,
  reportFailure,
  runMissing,
} from "../../domain/endpoints/index.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { requireAgent } from "../require-agent.ts";
import { leaseMsSchema, leaseTokenSchema } from "../schemas/trigger.ts";
import { moment } from "../schemas/values.ts";

const params = z.object({ runId: z.string() });
const tags = ["runs"];
const denied = refusals(401, 403, 404, 409, 422, 429, 503);
const lease = { leaseToken: leaseTokenSchema };

/** No half surrogates, no NUL: PostgreSQL stores neither. */
const words = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((text) => text.isWellFormed() && !text.includes("\0"), "This is not valid Unicode text.");

const renewSchema = z.strictObject({ ...lease, leaseMs: leaseMsSchema }).meta({ id: "LeaseRenewal" });

const tokens = z.int().min(0).max(1_000_000_000).default(0);
const completeSchema = z
  .strictObject({
    ...lease,
    messageId: z
      .string()
      .regex(/^m_[0-7][0-9a-hjkmnp-tv-z]{25}$/, "Name the message as m_….")
      .optional()
      .meta({ description: "The message that answers." }),
    usage: z
      .strictObject({
        inputTokens: tokens,
        outputTokens: tokens,
        costUsd: z.number().min(0).max(1_000_000).optional().meta({ description: "US dollars." }),
      })
      .default({ inputTokens: 0, outputTokens: 0 })
      .meta({ description: "What the model used." }),
  })
  .meta({ id: "RunCompletion" });

const failSchema = z
  .strictObject({
    ...lease,
    code: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,63}$/, "A code has lower case letters, digits and _.")
      .default("program_failed")
      .meta({ description: "For programs and statistics." }),
    sentence: words(500)
      .default("The program that answers for me had an error, so I could not answer this.")
      .meta({ description: "For people: the room is told when the run has failed for good." }),
    retry: z.boolean().default(false).meta({ description: "Whether it is worth trying again." }),
  })
  .meta({ id: "RunFailure" });

const releaseSchema = z.strictObject(lease).meta({ id: "RunRelease" });

const nothing = z.null().meta({ description: "Done." });

/** What a program does about a run that it holds. A lease that was lost is 409 `lease_lost`. */
export function heldRunRoutes(scope: ApiScope, deps: RouteDeps): void {
  scope.post(
    "/runs/:runId/renew",
    {
      schema: {
        operationId: "renewRun",
        summary: "Go on holding a run",
        tags,
        params,
        body: renewSchema,
        response: { 200: z.object({ leaseEndsAt: moment }).meta({ id: "Lease" }), ...denied },
      },
    },
    async (request) => {
      const { leaseMs } = request.body;
      const until = await withRun(deps, request, (tx, own) => prolongRun(tx, own, leaseMs));
      return { leaseEndsAt: until.toISOString() };
    },
  );
  scope.post(
    "/runs/:runId/complete",
    {
      schema: {
        operationId: "completeRun",
        summary: "Say that a run is done",
        tags,
        params,
        body: completeSchema,
        response: { 204: nothing, ...denied },
      },
    },
    async (request, reply) => {
      const { usage, messageId: id } = request.body;
      const uuid = id === undefined ? undefined : decodeId("m", id);
      const answer = id === undefined || uuid === undefined ? undefined : { id, uuid };
      await withRun(deps, request, (tx, own) => finishRun(tx, { ...own, usage, answer }));
      return reply.code(204).send(null);
    },
  );
  failRoutes(scope, deps);
}

function failRoutes(scope: ApiScope, deps: RouteDeps): void {
  scope.post(
    "/runs/:runId/fail",
    {
      schema: {
        operationId: "failRun",
        summary: "Say that a run did not work",
        description: "With `retry` it is tried again after a pause, three times in all.",
        tags,
        params,
        body: failSchema,
        response: {
          200: z.object({ status: z.enum(["queued", "failed"]) }).meta({ id: "FailedRun" }),
          ...denied,
        },
      },
    },
    async (request) => {
      const { code, sentence, retry } = request.body;
      const status = await withRun(deps, request, (tx, own) =>
        reportFailure(tx, { ...own, code, sentence, retry }),
      );
      deps.wakeEgress();
      return { status };
    },
  );
  scope.post(
    "/runs/:runId/release",
    {
      schema: {
        operationId: "releaseRun",
        summary: "Give a run back as if it had not been begun",
        tags,
        params,
        body: releaseSchema,
        response: { 204: nothing, ...denied },
      },
    },
    async (request, reply) => {
      await withRun(deps, request, letGoOf);
      return reply.code(204).send(null);
    },
  );
}

type AboutRun = FastifyRequest & {
  readonly params: z.infer<typeof params>;
  readonly body: { readonly leaseToken: string };
};

function withRun<T>(
  { database }: RouteDeps,
  request: Pick<AboutRun, "params" | "body"> & FastifyRequest,
  work: (tx: Tx, own: OwnRun) => Promise<T>,
): Promise<T> {
  const principal = principalOf(request);
  const agentId = requireAgent(principal);
  const { runId } = request.params;
  if (decodeId("run", runId) === undefined) throw runMissing({});
  const { leaseToken } = request.body;
  return transact(database, principal.actor, (tx) => work(tx, { agentId, runId, leaseToken }));
}
