import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from "@prisma/driver-adapter-utils";
import type * as engineModule from "@prisma/schema-engine-wasm/schema_engine_bg";
import type { MigrationList, SchemaEngine, SchemaFilter } from "@prisma/schema-engine-wasm/schema_engine_bg";
import type { Client } from "pg";
import { bug } from "../../kernel/errors.ts";
import type { DatamodelFile } from "./datamodel-files.ts";
import { engineAdapter } from "./engine-adapter.ts";
import type { MigrationFile } from "./migration-files.ts";

export const nothingFiltered: SchemaFilter = { externalTables: [], externalEnums: [] };

let loaded: Promise<typeof engineModule> | undefined;

/**
 * Prisma's schema engine as WebAssembly: the same that `prisma migrate` downloads as a binary, without the download.
 * It is instantiated by hand, because importing a .wasm file prints a warning about an experimental feature of Node.
 */
async function loadEngine(): Promise<typeof engineModule> {
  const require = createRequire(import.meta.url);
  const glue = require.resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const [module, bytes] = await Promise.all([
    import("@prisma/schema-engine-wasm/schema_engine_bg"),
    readFile(glue.replace(/\.js$/, ".wasm")),
  ]);
  const { instance } = await WebAssembly.instantiate(bytes, { "./schema_engine_bg.js": importsOf(module) });
  // Called before the engine traps. Thrown from here, the message ends the process; the trap alone would end it with
  // "unreachable" and no more.
  const registry = {
    set_message: (message: string): void => {
      throw bug(`the schema engine panicked: ${message}`);
    },
  };
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: registry });
  module.__wbg_set_wasm(instance.exports);
  (instance.exports["__wbindgen_start"] as () => void)();
  return module;
}

/**
 * What the engine calls. Its timers do not keep the process alive: it sets one of 10 s for a lock that it gets at once, and
 * forgets it.
 */
function importsOf(module: typeof engineModule): WebAssembly.ModuleImports {
  const imports: WebAssembly.ModuleImports = { ...module };
  const isTimer = (name: string): boolean => name.startsWith("__wbg_setTimeout_");
  for (const name of Object.keys(imports).filter(isTimer)) {
    imports[name] = (callback: () => void, milliseconds: number) =>
      setTimeout(callback, milliseconds).unref();
  }
  return imports;
}

/**
 * Gives `work` an engine that speaks through this connection. Throws the first error of the database, if there was one:
 * after it the engine goes on and fails again in the aborted transaction.
 */
export async function withSchemaEngine<T>(
  client: Client,
  datamodel: readonly DatamodelFile[],
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const { SchemaEngine } = await (loaded ??= loadEngine());
  let databaseError: unknown;
  const adapter = engineAdapter(client, (error) => (databaseError ??= error));
  const factory: SqlMigrationAwareDriverAdapterFactory = {
    provider: adapter.provider,
    adapterName: adapter.adapterName,
    connect: () => Promise.resolve(adapter),
    connectToShadowDb: () => Promise.reject(bug("no command needs a shadow database")),
  };
  const engine = await SchemaEngine.new(
    { datamodels: datamodel.map(({ path, content }) => [path, content]) },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(factory),
  );
  try {
    return await work(engine);
  } catch (error) {
    if (databaseError instanceof Error) throw databaseError;
    throw error;
  } finally {
    engine.free();
  }
}

/** Migrations as the engine takes them. */
export function migrationList(directory: string, files: readonly MigrationFile[]): MigrationList {
  return {
    baseDir: directory,
    lockfile: { path: "migration_lock.toml", content: 'provider = "postgresql"\n' },
    shadowDbInitScript: "",
    migrationDirectories: files.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: "migration.sql", content: { tag: "ok", value: sql } },
    })),
  };
}
