import { z } from "zod";
import { transact } from "../../db/index.ts";
import { authorize, seeingCapability } from "../../domain/governance/index.ts";
import {
  findRetention,
  longestRetentionDays,
  type Retention,
  setRetention,
} from "../../domain/messaging/index.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { moment } from "../schemas/values.ts";

const days = z.number().int().min(1).max(longestRetentionDays).nullable().meta({
  description: "For how many days what is said is kept; null without limit.",
});

const retentionSchema = z
  .object({
    days,
    roomDays: z.number().nullable().meta({
      description: "What the room's own `m.room.retention` asks for, in days. The shorter one counts.",
    }),
    keptFrom: moment
      .nullable()
      .meta({ description: "What was said, asked and remembered before has been removed." }),
  })
  .meta({ id: "Retention" });

const inChannel = z.object({ channelId: z.string() });
const dayMs = 86_400_000;

/** For how long a channel's words are kept. */
export function channelRetentionRoutes(scope: ApiScope, { database }: RouteDeps): void {
  scope.get(
    "/channels/:channelId/retention",
    {
      schema: {
        operationId: "getChannelRetention",
        summary: "For how long what is said in a channel is kept",
        tags: ["channels"],
        params: inChannel,
        response: { 200: retentionSchema, ...refusals(401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const id = decodeId("c", request.params.channelId);
      const principal = principalOf(request);
      const { channelId } = await authorize(database.db, principal, seeingCapability(principal), id);
      return present(await findRetention(database.db, channelId));
    },
  );

  scope.put(
    "/channels/:channelId/retention",
    {
      schema: {
        operationId: "setChannelRetention",
        summary: "Set for how long what is said in a channel is kept",
        description:
          "Needs `channel.manage`. What is older is removed within the hour, from every copy, what agents remember and were " +
          "asked included, and is not stored again when the history is read. What was removed stays removed, whatever is set later.",
        tags: ["channels"],
        params: inChannel,
        body: z.strictObject({ days }),
        response: { 200: retentionSchema, ...refusals(401, 403, 404, 422, 429, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const id = decodeId("c", request.params.channelId);
      return transact(database, principal.actor, async (tx) => {
        const { channelId } = await authorize(tx.db, principal, "channel.manage", id);
        return present(await setRetention(tx, { channelId, days: request.body.days }));
      });
    },
  );
}

function present(retention: Retention | undefined): z.output<typeof retentionSchema> {
  const { days: set = null, roomLifetimeMs = null, keptFrom = null } = retention ?? {};
  return {
    days: set,
    roomDays: roomLifetimeMs === null ? null : Math.min(roomLifetimeMs / dayMs, longestRetentionDays),
    keptFrom: keptFrom?.toISOString() ?? null,
  };
}
