import { Readable } from "node:stream";
import { z } from "zod";
import { transact } from "../../db/index.ts";
import { audit, authorize } from "../../domain/governance/index.ts";
import { exportLines, exportType } from "../../domain/messaging/index.ts";
import { decodeId, encodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";

/** All that the mirror has of a channel, as one file. */
export function channelExportRoutes(scope: ApiScope, { database }: RouteDeps): void {
  scope.get(
    "/channels/:channelId/export",
    {
      schema: {
        operationId: "exportChannel",
        summary: "All that is mirrored of a channel, as NDJSON",
        description:
          "One JSON object a line, each with a `type`: the channel, its members, its messages from the first on with the edits " +
          "of and reactions to them, and last `end` with the counts: a file without that line was cut off. Capability: " +
          "`channel.export`. Each export is in the audit log.",
        tags: ["channels"],
        params: z.object({ channelId: z.string() }),
        response: {
          200: {
            description: "The lines.",
            content: { [exportType]: { schema: z.string().meta({ format: "binary" }) } },
          },
          ...refusals(401, 403, 404, 429, 503),
        },
      },
      // What comes is a stream; nothing is left to be made of it.
      serializerCompiler: () => (data) => String(data),
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const asked = decodeId("c", request.params.channelId);
      const channelId = await transact(database, principal.actor, async (tx) => {
        const channel = await authorize(tx.db, principal, "channel.export", asked);
        await audit(tx, {
          action: "channel.exported",
          resourceKind: "channel",
          resourceId: encodeId("c", channel.channelId),
          microdaoId: channel.microdaoId,
          teamId: channel.teamId,
          requestId: request.id,
          data: { key_id: principal.keyId },
        });
        return channel.channelId;
      });
      const name = `${encodeId("c", channelId)}.ndjson`;
      return reply
        .type(exportType)
        .header("content-disposition", `attachment; filename="${name}"`)
        .send(Readable.from(exportLines(database.db, channelId)) as never);
    },
  );
}
