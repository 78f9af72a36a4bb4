import { bug } from "../../kernel/errors.ts";
import { type RegistrationFault, registrationUnusable } from "./faults.ts";
import { lintRegistration } from "./lint-registration.ts";
import { type NamespaceEntry, type NamespaceKind, namespaceKinds, type RegistrationNames } from "./names.ts";
import { isMapping, type RegistrationFile, readRegistration } from "./read-registration.ts";

/** A registration without faults that matter, ready for use. */
export interface Registration {
  readonly path: string;
  readonly id: string;
  readonly url: string;
  readonly asToken: string;
  readonly hsToken: string;
  readonly senderLocalpart: string;
  readonly rateLimited: boolean;
  readonly namespaces: Readonly<Record<NamespaceKind, readonly NamespaceEntry[]>>;
  /** The whole file, with keys that only the homeserver or other programs know. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** What could be better and does not stop the bridge. */
  readonly warnings: readonly RegistrationFault[];
}

/**
 * Reads the registration for serving. Throws `registration_unusable` with every fault when one of them is an error: a
 * bridge with an empty token would let anybody in, one with a loose namespace would take strangers for agents.
 */
export async function requireUsableRegistration(
  path: string,
  names: RegistrationNames,
): Promise<Registration> {
  const file = await readRegistration(path);
  const faults = lintRegistration(file, names);
  if (faults.some(({ severity }) => severity === "error")) throw registrationUnusable({ path, faults });
  return {
    path,
    id: textAt(file, "id"),
    url: textAt(file, "url"),
    asToken: textAt(file, "as_token"),
    hsToken: textAt(file, "hs_token"),
    senderLocalpart: textAt(file, "sender_localpart"),
    rateLimited: file.raw["rate_limited"] !== false,
    namespaces: namespacesOf(file),
    raw: file.raw,
    warnings: faults,
  };
}

function textAt(file: RegistrationFile, key: string): string {
  const value = file.raw[key];
  if (typeof value !== "string") throw bug(`the lint let a registration without ${key} pass`);
  return value;
}

function namespacesOf(file: RegistrationFile): Record<NamespaceKind, NamespaceEntry[]> {
  const namespaces = file.raw["namespaces"];
  const entries = namespaceKinds.map((kind) => {
    const list: unknown = isMapping(namespaces) ? namespaces[kind] : undefined;
    return [kind, Array.isArray(list) ? (list as NamespaceEntry[]) : []] as const;
  });
  return Object.fromEntries(entries) as Record<NamespaceKind, NamespaceEntry[]>;
}
