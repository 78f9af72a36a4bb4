import type { DbClient, Tx } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import type { LanguageModel, ModelPrices } from "../agents/index.ts";
import { audit, type Sealer } from "../governance/index.ts";
import { modelMissing, modelNotSetUp, modelRefusedToStore, secretsKeyMissing } from "./errors.ts";
import {
  deleteModel,
  type ModelRow,
  selectModel,
  selectModels,
  upsertModel,
} from "./language-models-store.ts";
import type { ModelEndpoint, OpenModel } from "./ports.ts";

/** What agents call the model of their microDAO, else of the bridge, else the offline one. */
export const defaultModel = "default";
/** What agents call the model that needs nothing. */
export const offlineModel = "echo";

export interface ModelSources {
  readonly openModel: OpenModel;
  /** The model that needs nothing. */
  readonly offline: LanguageModel;
  /** The endpoint of the settings. */
  readonly endpoint: ModelEndpoint | undefined;
  /** Absent without SECRETS_KEK. */
  readonly sealer: Sealer | undefined;
}

export interface ModelToSet {
  /** uuid */
  readonly microdaoId: string;
  readonly name: string;
  readonly baseUrl: string;
  readonly providerModel: string;
  /** Undefined leaves the one that is there, as long as it goes to the same endpoint; null takes it away. */
  readonly apiKey?: string | null | undefined;
  readonly prices?: ModelPrices | undefined;
  readonly isDefault: boolean;
}

/** A model as it may be shown: whether it has a key, never the key. */
export interface ModelView extends Omit<ModelRow, "apiKey"> {
  readonly hasKey: boolean;
}

/**
 * Makes or replaces a model of a microDAO; its key is kept sealed. Audited without the key. Throws `model_invalid`, and
 * `secrets_kek_missing` when there is a key and nothing to seal it with.
 */
export async function setModel(tx: Tx, sealer: Sealer | undefined, model: ModelToSet): Promise<ModelView> {
  const { microdaoId, name, baseUrl, providerModel, apiKey, prices, isDefault } = model;
  requireValid(model);
  if (typeof apiKey === "string" && sealer === undefined) throw secretsKeyMissing({});
  const row = {
    name,
    baseUrl: baseUrl.replace(/\/+$/, ""),
    providerModel,
    inputPrice: prices?.input ?? null,
    outputPrice: prices?.output ?? null,
    isDefault,
  };
  const sealed = typeof apiKey === "string" ? sealer?.seal(placeOf(microdaoId, name), apiKey) : apiKey;
  const hasKey = await upsertModel(tx, microdaoId, { ...row, apiKey: sealed });
  await auditModel(tx, microdaoId, "language_model.set", {
    name,
    base_url: baseUrl,
    has_key: hasKey,
    is_default: isDefault,
  });
  return { ...row, hasKey };
}

/** Takes a model away; agents that name it fail from then on. Throws `model_not_found`. */
export async function removeModel(tx: Tx, microdaoId: string, name: string): Promise<void> {
  if (!(await deleteModel(tx, microdaoId, name))) throw modelMissing({ name });
  await auditModel(tx, microdaoId, "language_model.removed", { name });
}

export async function listModels(db: DbClient, microdaoId: string): Promise<ModelView[]> {
  const rows = await selectModels(db, microdaoId);
  return rows.map(({ apiKey, ...row }) => ({ ...row, hasKey: apiKey !== null }));
}

/**
 * The model that an agent of a microDAO means by a name: one of the microDAO's, or whatever the endpoint of the settings
 * knows by it. Throws `model_not_set_up`, and `seal_broken` when its key cannot be opened.
 */
export async function chooseModel(
  db: DbClient,
  { openModel, offline, endpoint, sealer }: ModelSources,
  { microdaoId, model }: { readonly microdaoId: string; readonly model: string },
): Promise<LanguageModel> {
  if (model === offlineModel) return offline;
  const isDefault = model === defaultModel;
  const row = await selectModel(db, microdaoId, isDefault ? null : model);
  if (row !== undefined) return openModel(endpointOf(row, microdaoId, sealer));
  if (endpoint !== undefined) return openModel(isDefault ? endpoint : { ...endpoint, model });
  if (isDefault) return offline;
  throw modelNotSetUp({ model });
}

function endpointOf(row: ModelRow, microdaoId: string, sealer: Sealer | undefined): ModelEndpoint {
  if (row.apiKey !== null && sealer === undefined) throw secretsKeyMissing({});
  return {
    baseUrl: row.baseUrl,
    model: row.providerModel,
    ...(row.apiKey !== null && { apiKey: sealer?.open(placeOf(microdaoId, row.name), row.apiKey) }),
    ...(row.inputPrice !== null || row.outputPrice !== null
      ? { prices: { input: row.inputPrice ?? 0, output: row.outputPrice ?? 0 } }
      : {}),
  };
}

function placeOf(microdaoId: string, name: string): string {
  return `language_models.api_key:${microdaoId}:${name}`;
}

const isName = (text: string) => /^\P{C}{1,200}$/u.test(text);
const isPrice = (price: number | undefined) => price === undefined || (price >= 0 && price < 1e6);

function isBaseUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username + url.password + url.search === "";
}

const rules: readonly (readonly [holds: (model: ModelToSet) => boolean, what: string])[] = [
  [
    ({ name }) => isName(name) && name !== offlineModel && name !== defaultModel,
    'A model\'s name has 1 to 200 characters and is neither "echo" nor "default".',
  ],
  [
    ({ baseUrl }) => isBaseUrl(baseUrl),
    "A base URL is an http or https URL without credentials and query, such as https://api.example.org/v1.",
  ],
  [({ providerModel }) => isName(providerModel), "A provider's name of a model has 1 to 200 characters."],
  [
    ({ apiKey }) => typeof apiKey !== "string" || /^[\x21-\x7e]{1,4096}$/.test(apiKey),
    "A key has 1 to 4096 printable ASCII characters without spaces.",
  ],
  [
    ({ prices }) => isPrice(prices?.input) && isPrice(prices?.output),
    "A price is a number of US dollars for a million tokens, from 0.",
  ],
];

function requireValid(model: ModelToSet): void {
  const broken = rules.find(([holds]) => !holds(model));
  if (broken !== undefined) throw modelRefusedToStore({ what: broken[1] });
}

function auditModel(
  tx: Tx,
  microdaoId: string,
  action: string,
  data: Record<string, unknown>,
): Promise<void> {
  return audit(tx, {
    action,
    resourceKind: "language_model",
    resourceId: `${encodeId("md", microdaoId)}:${String(data["name"])}`,
    microdaoId,
    data,
  });
}
