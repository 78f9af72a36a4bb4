import { z } from "zod";
import { transact } from "../../db/index.ts";
import type { ModelPrices } from "../../domain/agents/index.ts";
import { authorizeMicrodao, type Principal } from "../../domain/governance/index.ts";
import { listModels, type ModelView, removeModel, setModel } from "../../domain/runtime/index.ts";
import { findMicrodao } from "../../domain/tenancy/index.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { requireOperator } from "../require-operator.ts";

const price = z.number().min(0).max(999_999).nullable();
const prices = z
  .object({ input: price, output: price })
  .meta({ description: "US dollars for a million tokens that it reads and writes." });

const modelSchema = z
  .object({
    name: z.string().meta({ description: "What agents call it.", examples: ["big"] }),
    baseUrl: z.string().meta({ examples: ["https://api.example.org/v1"] }),
    providerModel: z.string().meta({ description: "What its provider calls it." }),
    hasKey: z.boolean().meta({ description: "The key itself is shown to nobody." }),
    prices,
    isDefault: z.boolean(),
  })
  .meta({ id: "LanguageModel" });

const wishSchema = z
  .strictObject({
    baseUrl: z
      .string()
      .max(2000)
      .meta({ description: "An OpenAI-compatible endpoint, up to and with the version." }),
    providerModel: z.string().optional().meta({ description: "Absent: the same name." }),
    apiKey: z.string().nullable().optional().meta({
      description:
        "Kept encrypted. Absent: the one that is kept stays, as long as `baseUrl` does. Null: there is none any more.",
    }),
    prices: prices.partial().optional(),
    isDefault: z
      .boolean()
      .default(false)
      .meta({ description: "Agents mean this one whose model is `default`." }),
  })
  .meta({ id: "LanguageModelWish" });

const inMicrodao = z.object({ microdaoId: z.string().meta({ description: "`md_…` or `microdao:7`." }) });
const named = inMicrodao.extend({ name: z.string().max(200) });
const tags = ["agents"];
const denied = refusals(401, 403, 404, 422, 429, 503);
const operatorsOnly =
  "The bridge calls this address from where it runs, private networks included: an operator's key is needed, an " +
  "integration's that is bound to no microDAO and holds `agent.manage`.";

/** The language models that the agents of a microDAO may ask, besides those of the settings. */
export function modelRoutes(scope: ApiScope, deps: RouteDeps): void {
  listRoute(scope, deps);
  changeRoutes(scope, deps);
}

function listRoute(scope: ApiScope, { database }: RouteDeps): void {
  scope.get(
    "/microdaos/:microdaoId/models",
    {
      schema: {
        operationId: "listModels",
        summary: "The language models of a microDAO, without their keys",
        description: "Capability: `agent.manage`.",
        tags,
        params: inMicrodao,
        response: {
          200: z.object({ items: z.array(modelSchema) }).meta({ id: "LanguageModels" }),
          ...denied,
        },
      },
    },
    async (request) => {
      const microdaoId = await managed(database.db, principalOf(request), request.params.microdaoId);
      return { items: (await listModels(database.db, microdaoId)).map(present) };
    },
  );
}

function changeRoutes(scope: ApiScope, { database, sealer }: RouteDeps): void {
  const url = "/microdaos/:microdaoId/models/:name";
  scope.put(
    url,
    {
      schema: {
        operationId: "setModel",
        summary: "Make or replace a language model of a microDAO",
        description: operatorsOnly,
        tags,
        params: named,
        body: wishSchema,
        response: { 200: modelSchema, ...denied },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      requireOperator(principal);
      const { name } = request.params;
      const { baseUrl, providerModel = name, apiKey, isDefault } = request.body;
      return transact(database, principal.actor, async (tx) => {
        const microdaoId = await managed(tx.db, principal, request.params.microdaoId);
        const wish = { microdaoId, name, baseUrl, providerModel, apiKey, isDefault };
        return present(await setModel(tx, sealer, { ...wish, prices: pricesOf(request.body.prices) }));
      });
    },
  );
  scope.delete(
    url,
    {
      schema: {
        operationId: "removeModel",
        summary: "Take a language model away",
        description: `Agents that name it fail from then on. ${operatorsOnly}`,
        tags,
        params: named,
        response: { 204: z.null().meta({ description: "It is gone." }), ...denied },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      requireOperator(principal);
      await transact(database, principal.actor, async (tx) => {
        const microdaoId = await managed(tx.db, principal, request.params.microdaoId);
        await removeModel(tx, microdaoId, request.params.name);
      });
      return reply.code(204).send(null);
    },
  );
}

/** Both, or neither. */
function pricesOf({ input, output }: z.infer<typeof wishSchema>["prices"] = {}): ModelPrices | undefined {
  if ((input ?? null) === null && (output ?? null) === null) return undefined;
  return { input: input ?? 0, output: output ?? 0 };
}

async function managed(
  db: Parameters<typeof authorizeMicrodao>[0],
  principal: Principal,
  microdao: string,
): Promise<string> {
  const found = await findMicrodao(db, microdao);
  return (await authorizeMicrodao(db, principal, "agent.manage", found?.id)).microdaoId;
}

function present({ inputPrice, outputPrice, ...model }: ModelView): z.infer<typeof modelSchema> {
  return { ...model, prices: { input: inputPrice, output: outputPrice } };
}
