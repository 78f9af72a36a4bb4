import { z } from "zod";
import { authorize, seeingCapability } from "../../domain/governance/index.ts";
import { listMembers } from "../../domain/messaging/index.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { memberPageSchema, memberships, presentMember } from "../schemas/member.ts";
import { pageQuery } from "../schemas/values.ts";

const membersQuery = z.strictObject({
  ...pageQuery,
  membership: z
    .enum([...memberships, "any"])
    .default("join")
    .meta({
      description: "Members with this membership; `any` for everybody who is or was anything to the channel.",
    }),
});

/** Who is in a channel. */
export function channelMemberRoutes(scope: ApiScope, { database }: RouteDeps): void {
  scope.get(
    "/channels/:channelId/members",
    {
      schema: {
        operationId: "listChannelMembers",
        summary: "The members of a channel, people and agents",
        tags: ["channels"],
        params: z.object({ channelId: z.string() }),
        querystring: membersQuery,
        response: { 200: memberPageSchema, ...refusals(401, 403, 404, 422, 429, 503) },
      },
    },
    async (request) => {
      const { limit, cursor, membership } = request.query;
      const after = decodeCursor(cursor);
      const id = decodeId("c", request.params.channelId);
      const principal = principalOf(request);
      const { channelId } = await authorize(database.db, principal, seeingCapability(principal), id);
      const members = await listMembers(database.db, {
        channelId,
        membership: membership === "any" ? null : membership,
        after: after?.id ?? null,
        limit: limit + 1,
      });
      const page = members.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map((member) => presentMember(member)),
        // Members are ordered by the row's id alone: the cursor's time is not used.
        nextCursor:
          members.length > limit && last !== undefined ? encodeCursor({ createdUs: 0n, id: last.id }) : null,
      };
    },
  );
}
