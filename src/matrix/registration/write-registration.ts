import { chmod, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { messageOf } from "../../kernel/errors.ts";
import { randomToken } from "../../kernel/random.ts";
import { registrationFault, registrationUnusable } from "./faults.ts";
import { generateRegistration } from "./generate-registration.ts";
import type { RegistrationNames } from "./names.ts";
import { readRegistrationText } from "./read-registration.ts";

export interface WriteInput {
  readonly path: string;
  readonly names: RegistrationNames;
  readonly rotateTokens?: boolean;
  /** The bridge's own directory: it is made when it is missing. Other directories have to be there. */
  readonly dataDir: string;
}

export interface WrittenRegistration {
  /** Absolute, as homeserver.yaml wants it. */
  readonly path: string;
  readonly created: boolean;
  readonly changes: readonly string[];
}

const tokenBytes = 48;
/** Only the owner may read the two secrets. */
const fileMode = 0o600;

/**
 * Writes the registration file, or brings it up to date. The file is replaced as a whole, so that nobody reads half of
 * it. Throws `registration_unusable` when the directory is missing or the file cannot be read or written.
 */
export async function writeRegistration(input: WriteInput): Promise<WrittenRegistration> {
  const path = resolve(input.path);
  await requireDirectory(dirname(path), resolve(input.dataDir));
  const existing = (await exists(path)) ? await readRegistrationText(path) : undefined;
  const { text, changes } = generateRegistration({
    names: input.names,
    newToken: () => randomToken(tokenBytes),
    ...(existing === undefined ? {} : { existing }),
    ...(input.rotateTokens === undefined ? {} : { rotateTokens: input.rotateTokens }),
  });
  if (text !== existing) await replaceFile(path, text);
  return { path, created: existing === undefined, changes: existing === undefined ? [] : changes };
}

async function requireDirectory(directory: string, dataDir: string): Promise<void> {
  if (directory === dataDir) await mkdir(directory, { recursive: true, mode: 0o700 });
  if (await exists(directory)) return;
  const fix = `make it (mkdir -p ${directory}) or set REGISTRATION_PATH to a file elsewhere`;
  const fault = registrationFault("file-unreadable", directory, "no such directory", fix);
  throw registrationUnusable({ path: directory, faults: [fault] });
}

async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  try {
    await rm(draft, { force: true });
    const file = await open(draft, "wx", fileMode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(draft, fileMode);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    const fix =
      "let the user who runs this command write there, or set REGISTRATION_PATH to a file elsewhere";
    const fault = registrationFault("file-unreadable", path, messageOf(error), fix);
    throw registrationUnusable({ path, faults: [fault] }, { cause: error });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
