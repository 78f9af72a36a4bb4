import { z } from "zod";
import {
  authorize,
  channelMissing,
  findChannelsAllowed,
  seeingCapability,
} from "../../domain/governance/index.ts";
import { readChannels, readCompleteness } from "../../domain/messaging/index.ts";
import { findMicrodao } from "../../domain/tenancy/index.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import {
  channelDetailSchema,
  channelPageSchema,
  presentChannel,
  presentChannelDetail,
} from "../schemas/channel.ts";
import { pageQuery } from "../schemas/values.ts";

const listQuery = z.strictObject({
  ...pageQuery,
  microdao: z
    .string()
    .regex(/^(?:microdao:[1-9]\d{0,17}|md_[0-9a-z]{26})$/, "Name a microDAO as microdao:7 or md_….")
    .optional()
    .meta({ description: "Only channels of this microDAO: `microdao:7` or `md_…`." }),
});

/** Channels as a key may see them. */
export function channelRoutes(scope: ApiScope, { database }: RouteDeps): void {
  scope.get(
    "/channels",
    {
      schema: {
        operationId: "listChannels",
        summary: "The channels that the key may read, oldest first",
        tags: ["channels"],
        querystring: listQuery,
        response: { 200: channelPageSchema, ...refusals(401, 403, 422, 429, 503) },
      },
    },
    async (request) => {
      const { limit, cursor, microdao } = request.query;
      const after = decodeCursor(cursor);
      const wanted = microdao === undefined ? undefined : await findMicrodao(database.db, microdao);
      if (microdao !== undefined && wanted === undefined) return { items: [], nextCursor: null };
      const principal = principalOf(request);
      const places = await findChannelsAllowed(database.db, principal, seeingCapability(principal), {
        microdaoId: wanted?.id ?? null,
        after,
        limit: limit + 1,
      });
      const page = places.slice(0, limit);
      const channels = await readChannels(
        database.db,
        page.map(({ id }) => id),
      );
      return {
        items: channels.map((channel) => presentChannel(channel)),
        nextCursor: nextCursorOf(page, places.length > limit),
      };
    },
  );

  scope.get(
    "/channels/:channelId",
    {
      schema: {
        operationId: "getChannel",
        summary: "One channel, and how complete its mirror is",
        tags: ["channels"],
        params: z.object({ channelId: z.string() }),
        response: { 200: channelDetailSchema, ...refusals(401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const id = decodeId("c", request.params.channelId);
      const principal = principalOf(request);
      const { channelId } = await authorize(database.db, principal, seeingCapability(principal), id);
      const [channel] = await readChannels(database.db, [channelId]);
      if (channel === undefined) throw channelMissing({});
      return presentChannelDetail(channel, await readCompleteness(database.db, channelId));
    },
  );
}

function nextCursorOf(page: readonly { createdUs: bigint; id: string }[], more: boolean): string | null {
  const last = page.at(-1);
  return more && last !== undefined ? encodeCursor(last) : null;
}
