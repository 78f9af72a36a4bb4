import { z } from "zod";
import { transact } from "../../db/index.ts";
import { audit, authorizeMicrodao, microdaoHidden } from "../../domain/governance/index.ts";
import { readMicrodaos, renameMicrodao } from "../../domain/messaging/index.ts";
import { findMicrodao } from "../../domain/tenancy/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { microdaoSchema, presentMicrodao } from "../schemas/microdao.ts";
import { nameText } from "../schemas/new-channel.ts";

const microdaoChangeSchema = z.strictObject({ name: nameText }).meta({ id: "MicrodaoChange" });

/** Changes of microDAOs. */
export function microdaoChangeRoutes(scope: ApiScope, { database }: RouteDeps): void {
  scope.patch(
    "/microdaos/:microdaoId",
    {
      schema: {
        operationId: "changeMicrodao",
        summary: "Rename a microDAO, and its space",
        description: "The space is renamed afterwards, as far as the bot may do that.",
        tags: ["microdaos"],
        params: z.object({ microdaoId: z.string().meta({ description: "`md_…` or `microdao:7`." }) }),
        body: microdaoChangeSchema,
        response: { 200: microdaoSchema, ...refusals(401, 403, 404, 422, 429, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const named = await findMicrodao(database.db, request.params.microdaoId);
      const id = await transact(database, principal.actor, async (tx) => {
        const { microdaoId } = await authorizeMicrodao(tx.db, principal, "microdao.manage", named?.id);
        await renameMicrodao(tx, microdaoId, request.body.name);
        await audit(tx, {
          action: "microdao.renamed",
          resourceKind: "microdao",
          resourceId: encodeId("md", microdaoId),
          microdaoId,
          requestId: request.id,
          data: { key_id: principal.keyId, name: request.body.name },
        });
        return microdaoId;
      });
      const [microdao] = await readMicrodaos(database.db, [id]);
      if (microdao === undefined) throw microdaoHidden({});
      return presentMicrodao(microdao);
    },
  );
}
