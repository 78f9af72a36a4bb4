import type { Tx } from "../../db/index.ts";
import { encodeId, uuidOfName } from "../../kernel/ids.ts";
import { capabilityTable, seededBundles } from "./seeds.ts";
import { replaceBundleCapabilities, upsertBundles, upsertCapabilities } from "./seeds-store.ts";

/**
 * Writes the capabilities and the bundles of roles and plans, and brings the bundles to what the table in `seeds.ts`
 * says. Safe to repeat: ids come from the names, and what is right already is not touched. Other bundles are left alone.
 */
export async function seedGovernance(tx: Tx): Promise<void> {
  await upsertCapabilities(
    tx,
    capabilityTable.map(([code, description]) => ({
      id: encodeId("cap", uuidOfName(`capability ${code}`)),
      code,
      description,
    })),
  );
  const bundles = seededBundles();
  await upsertBundles(
    tx,
    bundles.map(({ name }) => ({ id: encodeId("bundle", uuidOfName(`bundle ${name}`)), name })),
  );
  await replaceBundleCapabilities(
    tx,
    bundles.flatMap(({ name, capabilities }) => capabilities.map((code) => ({ bundle: name, code }))),
    bundles.map(({ name }) => name),
  );
}
