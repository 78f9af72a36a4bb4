import { type Document, isMap, isSeq, parseDocument, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { shown } from "./faults.ts";
import { lintEntry } from "./lint-namespaces.ts";
import { isUnsetToken } from "./lint-tokens.ts";
import { type NamespaceEntry, ownNamespaces, type RegistrationNames } from "./names.ts";
import { isMapping, parseRegistration, yamlOptions } from "./read-registration.ts";
import { registrationTemplate } from "./template.ts";

export interface GenerateInput {
  readonly names: RegistrationNames;
  /** Makes a token: at least 256 random bits as text. */
  readonly newToken: () => string;
  /** The file as it is now; its tokens, unknown keys and comments are kept. */
  readonly existing?: string;
  /** Replaces both tokens, not only those that are missing or placeholders. */
  readonly rotateTokens?: boolean;
}

export interface GeneratedRegistration {
  readonly text: string;
  /** What is different from the existing file, one phrase each, without tokens. */
  readonly changes: readonly string[];
}

/**
 * Makes a registration, or brings an existing one up to date with the configuration. Namespace entries of others stay
 * when nothing is wrong with them. Throws `registration_unusable` when the existing text is no YAML mapping.
 * The library's own writer is not used: it drops every key that it does not know.
 */
export function generateRegistration(input: GenerateInput): GeneratedRegistration {
  if (input.existing !== undefined) parseRegistration("the existing file", input.existing);
  const document = parseDocument(input.existing ?? registrationTemplate, yamlOptions);
  const changes = [
    ...setTokens(document, input),
    ...setValue(document, "id", input.names.appserviceId),
    ...setValue(document, "url", input.names.bridgeUrl),
    ...setValue(document, "sender_localpart", input.names.senderLocalpart),
    ...setNamespaces(document, input.names),
    ...setValue(document, "rate_limited", false),
    ...setValue(document, "receive_ephemeral", true),
    ...setValue(document, "de.sorunome.msc2409.push_ephemeral", true),
  ];
  const untouched = input.existing !== undefined && changes.length === 0;
  return { text: untouched ? input.existing : document.toString({ lineWidth: 0 }), changes };
}

function setValue(document: Document, key: string, value: string | boolean): string[] {
  const before: unknown = document.get(key);
  if (before === value) return [];
  document.set(key, value);
  return [`${key}: ${shown(before)} is now ${shown(value)}`];
}

function setTokens(document: Document, { newToken, rotateTokens }: GenerateInput): string[] {
  const keys = ["as_token", "hs_token"].filter(
    (key) => rotateTokens === true || isUnsetToken(document.get(key)),
  );
  for (const key of keys) document.set(key, newToken());
  return keys.map((key) => `${key}: new`);
}

function setNamespaces(document: Document, names: RegistrationNames): string[] {
  if (!isMap(document.get("namespaces"))) document.set("namespaces", new YAMLMap());
  return Object.entries(ownNamespaces(names)).flatMap(([kind, entries]) => {
    const path = ["namespaces", kind];
    if (!isSeq(document.getIn(path))) document.setIn(path, new YAMLSeq());
    const list = document.getIn(path) as YAMLSeq;
    list.flow = false;
    return setEntries(list, kind as "users" | "aliases", entries, names);
  });
}

/** Takes out what is faulty, puts in what is missing, leaves the rest where it is. */
function setEntries(
  list: YAMLSeq,
  kind: "users" | "aliases",
  own: readonly NamespaceEntry[],
  names: RegistrationNames,
): string[] {
  const changes: string[] = [];
  const plain: unknown[] = list.toJSON();
  const isOwn = (entry: unknown, { regex, exclusive }: NamespaceEntry) =>
    isMapping(entry) && entry["regex"] === regex && entry["exclusive"] === exclusive;
  for (const [index, entry] of [...plain.entries()].toReversed()) {
    if (own.some((wanted) => isOwn(entry, wanted))) continue;
    const shared = own.some(({ regex }) => isMapping(entry) && entry["regex"] === regex);
    if (!shared && lintEntry(kind, `namespaces.${kind}`, entry, names).length === 0) continue;
    list.items.splice(index, 1);
    changes.unshift(`namespaces.${kind}: ${shown(entry)} is taken out`);
  }
  const missing = own.filter((entry) => !plain.some((present) => isOwn(present, entry)));
  for (const [index, entry] of missing.entries()) {
    list.items.splice(index, 0, entryNode(entry));
    changes.push(`namespaces.${kind}: ${entry.regex} is put in`);
  }
  return changes;
}

/** Expressions stand in single quotes, where YAML leaves backslashes alone. */
function entryNode({ exclusive, regex }: NamespaceEntry): YAMLMap {
  const quoted = new Scalar(regex);
  quoted.type = Scalar.QUOTE_SINGLE;
  const node = new YAMLMap();
  node.set("exclusive", exclusive);
  node.set("regex", quoted);
  return node;
}
