import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** One file under `prisma/schema`. */
export interface DatamodelFile {
  path: string;
  content: string;
}

const schemaDir = fileURLToPath(new URL("../../../prisma/schema", import.meta.url));

/** The Prisma datamodel, all of its files. */
export async function readDatamodel(): Promise<DatamodelFile[]> {
  const names = (await readdir(schemaDir)).filter((name) => name.endsWith(".prisma")).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const path = join(schemaDir, name);
      return { path, content: await readFile(path, "utf8") };
    }),
  );
}
