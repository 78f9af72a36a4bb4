import type { DbClient, Tx } from "../../db/index.ts";
import { decodeId, encodeId, newUuid } from "../../kernel/ids.ts";
import type { AgentConfig } from "./agent-config.ts";
import { audit } from "./audit.ts";
import {
  type Blueprint,
  insertBlueprint,
  lockBlueprint,
  selectBlueprint,
  updateBlueprint,
} from "./blueprints-store.ts";
import { blueprintExists, blueprintMissing, registryFieldRefused } from "./registry-errors.ts";

export interface NewBlueprint {
  readonly code: string;
  readonly model: string;
  readonly description?: string | null | undefined;
  readonly systemPrompt?: string | null | undefined;
  readonly config?: AgentConfig | undefined;
  /** uuid of the microDAO whose it is; everybody may use it if left out. */
  readonly microdaoId?: string | null | undefined;
  readonly requestId?: string;
}

/** Makes a blueprint. Throws `blueprint_exists`, `agent_refused`. */
export async function createBlueprint(tx: Tx, input: NewBlueprint): Promise<Blueprint> {
  const { code, model, description = null, systemPrompt = null, config = {}, microdaoId = null } = input;
  if (!/^\P{C}{1,64}$/u.test(code) || /[\s:]/u.test(code)) {
    throw registryFieldRefused({
      field: "code",
      what: "A blueprint's code has 1 to 64 characters without spaces and colons, such as sofia_prime.",
    });
  }
  const id = newUuid(tx.now);
  const row = { id, code, model, description, systemPrompt, config, microdaoId };
  if (!(await insertBlueprint(tx, row))) throw blueprintExists({ code });
  await tell(tx, "blueprint.created", row, { requestId: input.requestId, data: { code, model } });
  return requireBlueprint(tx.db, id);
}

/** The blueprint with this code; made if there is none. A known one is left as it is. */
export async function ensureBlueprint(tx: Tx, input: NewBlueprint): Promise<Blueprint> {
  const known = await findBlueprint(tx.db, input.code);
  if (known !== undefined) return known;
  try {
    return await createBlueprint(tx, input);
  } catch (error) {
    // Somebody else has made it meanwhile; the statement waited for that.
    const made = blueprintExists.is(error) ? await findBlueprint(tx.db, input.code) : undefined;
    if (made === undefined) throw error;
    return made;
  }
}

export interface BlueprintEdit {
  readonly description?: string | null | undefined;
  readonly model?: string | undefined;
  readonly systemPrompt?: string | null | undefined;
  /** A field that is null falls back to nothing; what is left out stays. */
  readonly config?: ConfigEdit | undefined;
}

export type ConfigEdit = { readonly [F in keyof AgentConfig]: AgentConfig[F] | null };

/** Changes a blueprint (uuid); its agents follow as far as they have no settings of their own. Throws `blueprint_not_found`. */
export async function editBlueprint(
  tx: Tx,
  id: string,
  edit: BlueprintEdit,
  requestId?: string,
): Promise<Blueprint> {
  await lockBlueprint(tx, id);
  const known = await requireBlueprint(tx.db, id);
  const { description = known.description, model = known.model, systemPrompt = known.systemPrompt } = edit;
  const next = { description, model, systemPrompt, config: editedConfig(known.config, edit.config) };
  const fields = changedFields(known, next);
  if (fields.length === 0) return known;
  await updateBlueprint(tx, { id, ...next });
  await tell(tx, "blueprint.edited", known, { requestId, data: { code: known.code, fields } });
  return requireBlueprint(tx.db, id);
}

export function editedConfig(config: AgentConfig, edit: ConfigEdit | undefined): AgentConfig {
  const entries = Object.entries({ ...config, ...edit });
  return Object.fromEntries(entries.filter(([, value]) => value !== null && value !== undefined));
}

/** The names of the fields that are different, never what is in them. */
export function changedFields<T extends object>(before: T, after: Partial<T>): string[] {
  const fields = Object.keys(after) as (keyof T & string)[];
  return fields.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
}

async function tell(
  tx: Tx,
  action: string,
  { id, microdaoId }: Pick<Blueprint, "id" | "microdaoId">,
  more: { readonly requestId: string | undefined; readonly data: Record<string, unknown> },
): Promise<void> {
  await audit(tx, {
    action,
    resourceKind: "blueprint",
    resourceId: encodeId("abp", id),
    microdaoId,
    requestId: more.requestId ?? null,
    data: more.data,
  });
}

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The blueprint named by its uuid, its `abp_…` id or its code. */
export function findBlueprint(db: DbClient, name: string): Promise<Blueprint | undefined> {
  const id = decodeId("abp", name) ?? (uuidPattern.test(name) ? name : null);
  return selectBlueprint(db, { id, code: name });
}

/** As `findBlueprint`; throws `blueprint_not_found`. */
export async function requireBlueprint(db: DbClient, name: string): Promise<Blueprint> {
  const found = await findBlueprint(db, name);
  if (found === undefined) throw blueprintMissing({ blueprint: name });
  return found;
}
