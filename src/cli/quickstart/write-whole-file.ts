import { rename, writeFile } from "node:fs/promises";

/** Writes a file that only its owner may read. Who reads it meanwhile sees the old text or the new one, never a part. */
export async function writeWholeFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
