import { z } from "zod";
import { claimTriggers, giveBack, type Trigger } from "../../domain/endpoints/index.ts";
import { requireCapability } from "../../domain/governance/index.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { goneSignal } from "../gone-signal.ts";
import { requireAgent } from "../require-agent.ts";
import { leaseMsSchema, triggerSchema } from "../schemas/trigger.ts";

/** Less than what proxies and the server itself allow a request. */
const longestWaitMs = 30_000;

const claimSchema = z
  .strictObject({
    limit: z
      .int()
      .min(1, "limit is at least 1.")
      .max(50, "limit is at most 50.")
      .default(1)
      .meta({ description: "How many runs at most." }),
    leaseMs: leaseMsSchema,
    waitMs: z
      .int()
      .min(0, "waitMs is at least 0.")
      .max(longestWaitMs, `waitMs is at most ${longestWaitMs}.`)
      .default(0)
      .meta({ description: "How many milliseconds to wait when there is nothing." }),
    worker: z
      .string()
      .regex(/^[\x21-\x7e]{1,100}$/, "worker has 1 to 100 printable characters without spaces.")
      .default("program")
      .meta({ description: "Who claims, for people who look." }),
  })
  .meta({ id: "RunClaim" });

/** Programs take up runs of their agents. */
export function runClaimRoutes(scope: ApiScope, deps: RouteDeps): void {
  scope.post(
    "/runs/claim",
    {
      schema: {
        operationId: "claimRuns",
        summary: "Take up runs of the agent that the key belongs to",
        description:
          "Oldest first, one at a time in a channel. A claimed run is nobody else's until its lease ends: renew it while you " +
          "work, then complete, fail or release it. Only runs of agents whose runtime is `external` are given.",
        tags: ["runs"],
        body: claimSchema,
        response: {
          200: z.object({ items: z.array(triggerSchema) }).meta({ id: "ClaimedRuns" }),
          ...refusals(401, 403, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { keyId, actor, ...principal } = principalOf(request);
      requireCapability(principalOf(request), "chat.message.read");
      const agentId = requireAgent({ keyId, actor, ...principal });
      const { waitMs, worker, ...wish } = request.body;
      const gone = goneSignal(reply);
      const claim = () => claimTriggers(deps, { ...wish, agentId, actor, worker: `${keyId} ${worker}` });
      const items = await claimWithin(deps, { agentId, waitMs, gone, claim });
      if (!gone.aborted) return { items };
      // Whoever asked has gone: nobody would work on them until their leases ended.
      await giveBack(deps.database, items);
      return { items: [] };
    },
  );
}

interface Waiting {
  readonly agentId: string;
  readonly waitMs: number;
  readonly gone: AbortSignal;
  readonly claim: () => Promise<Trigger[]>;
}

/** Claims at once, and again whenever there seems to be something, until there is or the time is up. */
async function claimWithin(deps: RouteDeps, { agentId, waitMs, gone, claim }: Waiting): Promise<Trigger[]> {
  const items = await claim();
  if (items.length > 0 || waitMs === 0) return items;
  const over = AbortSignal.any([gone, deps.closing, AbortSignal.timeout(waitMs)]);
  while (await isClaimable(deps, agentId, over)) {
    const found = await claim();
    if (found.length > 0) return found;
  }
  return [];
}

/** Settles as soon as something waits; false when the time was up before. */
function isClaimable({ claimable }: RouteDeps, agentId: string, over: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (found: boolean) => {
      unfollow();
      over.removeEventListener("abort", giveUp);
      resolve(found);
    };
    const giveUp = () => settle(false);
    const unfollow = claimable.follow(agentId, (runs) => {
      if (runs.length > 0) settle(true);
    });
    over.addEventListener("abort", giveUp);
    if (over.aborted) giveUp();
  });
}
