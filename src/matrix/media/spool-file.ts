import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { uploadTooLarge } from "./errors.ts";

/** A file on its way to the homeserver, on our disk for as long as that takes. */
export interface SpooledFile {
  readonly open: () => Readable;
  readonly bytes: number;
  readonly sha256: Uint8Array;
  /** Its first bytes, at most 64 KiB. */
  readonly head: Buffer;
  remove(): Promise<void>;
}

const headBytes = 64 * 1024;

/**
 * Writes what is read to a file of our own that nobody else may read, and hashes it meanwhile: it is never whole in memory,
 * and can be sent again when the homeserver was away. Remove it afterwards. Throws `upload_too_large` as soon as it is.
 */
export async function spoolFile(body: AsyncIterable<Uint8Array>, limitBytes: number): Promise<SpooledFile> {
  const directory = await mkdtemp(join(tmpdir(), "microdao-upload-"));
  const remove = () => rm(directory, { recursive: true, force: true });
  const path = join(directory, "file");
  try {
    const written = await write(path, body, limitBytes);
    return { ...written, open: () => createReadStream(path), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function write(path: string, body: AsyncIterable<Uint8Array>, limitBytes: number) {
  const hash = createHash("sha256");
  const head: Uint8Array[] = [];
  let bytes = 0;
  const file = await open(path, "wx", 0o600);
  try {
    for await (const chunk of body) {
      if (bytes < headBytes) head.push(chunk.subarray(0, headBytes - bytes));
      bytes += chunk.length;
      if (bytes > limitBytes) throw uploadTooLarge({ limitBytes });
      hash.update(chunk);
      await file.write(chunk);
    }
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest(), head: Buffer.concat(head) };
}
