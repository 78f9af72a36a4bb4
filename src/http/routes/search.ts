import { authorize, findChannelsAllowed, type Principal } from "../../domain/governance/index.ts";
import { searchMessages, snippetOf } from "../../domain/messaging/index.ts";
import { findMicrodao } from "../../domain/tenancy/index.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { linksFor } from "../media-links.ts";
import { presentMessage } from "../schemas/message.ts";
import { foundPageSchema, searchQuery, senderIdOf } from "../schemas/search.ts";

const reading = "chat.message.read";
/** Far more than anybody is in; a search over more looks into the oldest of them. */
const maxChannels = 10_000;

/** The search of previews. */
export function searchRoutes(scope: ApiScope, { database: { db }, links }: RouteDeps): void {
  scope.get(
    "/search",
    {
      schema: {
        operationId: "searchMessages",
        summary: "Messages with these words, newest first",
        description:
          "Looks into the previews of all channels that the key may read, or of one. What is new can be found after a second " +
          "or two; what was redacted cannot be found any more at once.",
        tags: ["messages"],
        querystring: searchQuery,
        response: { 200: foundPageSchema, ...refusals(401, 403, 404, 422, 429, 503) },
      },
    },
    async (request) => {
      const { q, limit, cursor, from, before, after } = request.query;
      const principal = principalOf(request);
      const place = decodeCursor(cursor);
      const found = await searchMessages(db, {
        text: q,
        channelIds: await channelsOf(db, principal, request.query),
        sender: from === undefined ? null : senderOf(from),
        before: before === undefined ? null : new Date(before),
        since: after === undefined ? null : new Date(after),
        after: place,
        limit: limit + 1,
      });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map((message) => ({
          snippet: snippetOf(message.preview, q),
          message: presentMessage(message, linksFor(links, principal)),
        })),
        nextCursor: found.length > limit && last !== undefined ? encodeCursor(last) : null,
      };
    },
  );
}

/** The uuids of the channels to look into: those that the key may read, or the one that is named. */
async function channelsOf(
  db: RouteDeps["database"]["db"],
  principal: Principal,
  { channel, microdao }: { channel?: string | undefined; microdao?: string | undefined },
): Promise<string[]> {
  const wanted = microdao === undefined ? undefined : await findMicrodao(db, microdao);
  if (channel !== undefined) {
    const { channelId, microdaoId } = await authorize(db, principal, reading, decodeId("c", channel));
    return microdao === undefined || wanted?.id === microdaoId ? [channelId] : [];
  }
  if (microdao !== undefined && wanted === undefined) return [];
  const range = { microdaoId: wanted?.id ?? null, after: null, limit: maxChannels };
  return (await findChannelsAllowed(db, principal, reading, range)).map(({ id }) => id);
}

function senderOf(name: string): { id: string } | { matrixId: string } {
  const id = senderIdOf(name);
  return id === undefined ? { matrixId: name } : { id };
}
