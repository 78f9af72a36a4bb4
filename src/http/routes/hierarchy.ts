import { z } from "zod";
import type { DbClient } from "../../db/index.ts";
import {
  authorizeMicrodao,
  findChannelsAllowed,
  type Principal,
  seeingCapability,
} from "../../domain/governance/index.ts";
import { readHierarchy } from "../../domain/messaging/index.ts";
import { findMicrodao, requireMicrodao } from "../../domain/tenancy/index.ts";
import { AppError } from "../../kernel/errors.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { hierarchySchema, presentHierarchy } from "../schemas/hierarchy.ts";

/** More channels than a space may have children in all. */
const mostChannels = 10_000;

/** How the rooms of a microDAO are ordered in its space. */
export function hierarchyRoutes(scope: ApiScope, { database }: RouteDeps): void {
  scope.get(
    "/microdaos/:microdaoId/hierarchy",
    {
      schema: {
        operationId: "getHierarchy",
        summary: "What is in a microDAO's space, in its order",
        description:
          "Spaces within it included, five deep. Channels that the key may not see are left out, and spaces in which nothing " +
          "is left.",
        tags: ["microdaos"],
        params: z.object({ microdaoId: z.string().meta({ description: "`md_…` or `microdao:7`." }) }),
        response: { 200: hierarchySchema, ...refusals(401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const { db } = database;
      const principal = principalOf(request);
      const named = await findMicrodao(db, request.params.microdaoId);
      const { microdaoId } = await authorizeMicrodao(db, principal, "microdao.read", named?.id);
      const { matrixSpaceId } = await requireMicrodao(db, microdaoId);
      if (matrixSpaceId === null) return { items: [] };
      const capability = seeingCapability(principal);
      const seen = await findChannelsAllowed(db, principal, capability, {
        microdaoId: null,
        after: null,
        limit: mostChannels,
      });
      const rows = await readHierarchy(db, matrixSpaceId, {
        channels: new Set(seen.map(({ id }) => id)),
        mayManage: await mayManage(db, principal, microdaoId),
      });
      return presentHierarchy(rows);
    },
  );
}

async function mayManage(db: DbClient, principal: Principal, microdaoId: string): Promise<boolean> {
  try {
    await authorizeMicrodao(db, principal, "channel.manage", microdaoId);
    return true;
  } catch (error) {
    if (error instanceof AppError && (error.kind === "forbidden" || error.kind === "missing")) return false;
    throw error;
  }
}
