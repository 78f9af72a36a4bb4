import { z } from "zod";
import { listBundles, listCapabilities } from "../../domain/governance/index.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";

const capabilitiesSchema = z
  .object({ items: z.array(z.object({ code: z.string(), description: z.string() })) })
  .meta({ id: "Capabilities" });

const bundlesSchema = z
  .object({ items: z.array(z.object({ name: z.string(), capabilities: z.array(z.string()) })) })
  .meta({ id: "Bundles" });

/** What keys can hold. It is the same for everybody and no secret; docs/rights.md shows it as a table. */
export function capabilityRoutes(scope: ApiScope, { database: { db } }: RouteDeps): void {
  scope.get(
    "/capabilities",
    {
      schema: {
        operationId: "listCapabilities",
        summary: "Every capability there is",
        tags: ["access keys"],
        response: { 200: capabilitiesSchema, ...refusals(401, 429, 503) },
      },
    },
    async () => ({ items: await listCapabilities(db) }),
  );

  scope.get(
    "/bundles",
    {
      schema: {
        operationId: "listBundles",
        summary: "Every bundle, with its capabilities",
        description: "`bundle.role.…` is what a role holds, `bundle.plan.…` what a plan holds.",
        tags: ["access keys"],
        response: { 200: bundlesSchema, ...refusals(401, 429, 503) },
      },
    },
    async () => ({
      items: (await listBundles(db)).map(({ name, capabilities }) => ({
        name,
        capabilities: [...capabilities],
      })),
    }),
  );
}
