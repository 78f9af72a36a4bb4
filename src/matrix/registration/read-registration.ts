import { readFile } from "node:fs/promises";
import { type Document, parseDocument } from "yaml";
import { messageOf } from "../../kernel/errors.ts";
import { registrationFault, registrationUnusable } from "./faults.ts";

/** A registration file as it is, with every key that anybody put there. */
export interface RegistrationFile {
  readonly path: string;
  readonly raw: Readonly<Record<string, unknown>>;
}

/**
 * How registrations are read and written: YAML 1.1, because that is what Synapse's reader speaks (`yes` is a boolean).
 */
export const yamlOptions = { version: "1.1", prettyErrors: true } as const;

/** Reads a registration without judging it. Throws `registration_unusable` when there is no YAML mapping to read. */
export async function readRegistration(path: string): Promise<RegistrationFile> {
  return { path, raw: parseRegistration(path, await readRegistrationText(path)) };
}

export async function readRegistrationText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const fault = missing
      ? registrationFault("file-missing", path, "no such file", "run: microdao registration")
      : registrationFault("file-unreadable", path, messageOf(error), "let the bridge's user read the file");
    throw registrationUnusable({ path, faults: [fault] }, { cause: error });
  }
}

export function parseRegistration(path: string, text: string): Record<string, unknown> {
  const document = parseDocument(text, yamlOptions);
  // What follows the first few errors mostly follows from them.
  const broken = document.errors
    .slice(0, 3)
    .map((error) =>
      registrationFault(
        "yaml-invalid",
        `line ${error.linePos?.[0].line ?? 1}`,
        (error.message.split("\n")[0] ?? "").replace(/:$/, ""),
        "correct the YAML there, or move the file away and run: microdao registration",
      ),
    );
  if (broken.length > 0) throw registrationUnusable({ path, faults: broken });
  const raw = toPlain(document);
  if (isMapping(raw)) return raw;
  const found = raw === null ? "an empty file" : "no mapping";
  const fix = "write the keys id, url, as_token, …, or move the file away and run: microdao registration";
  throw registrationUnusable({ path, faults: [registrationFault("not-a-mapping", path, found, fix)] });
}

/** The values, or undefined when aliases refer to each other without end. */
function toPlain(document: Document): unknown {
  try {
    return document.toJS();
  } catch {
    return undefined;
  }
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
