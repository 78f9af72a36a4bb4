import { STATUS_CODES } from "node:http";

/** The part of an OpenAPI document that is looked at here. */
interface Document {
  readonly paths?: Readonly<Record<string, unknown>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> };
}

const prefix = "#/components/schemas/";
const generatedSuffix = "Input";

/**
 * What the generator leaves to be done: every schema comes in two forms, as input and as output, and only those that a
 * route refers to stay, under the plain name where it is free; answers get the name of their status.
 */
export function tidyOpenapi<D extends Document>(document: D): D {
  const schemas = document.components?.schemas ?? {};
  const used = reachable(document.paths, schemas);
  const names = new Map([...used].map((name) => [name, plainName(name, used)]));
  const text = JSON.stringify({ ...document, components: { ...document.components, schemas: undefined } });
  const tidy = JSON.parse(renamed(text, names)) as D;
  const kept = [...used].sort().map((name) => [names.get(name), renamedSchema(schemas[name], names)]);
  return { ...tidy, components: { ...tidy.components, schemas: Object.fromEntries(kept) as object } };
}

function plainName(name: string, used: ReadonlySet<string>): string {
  const plain = name.endsWith(generatedSuffix) ? name.slice(0, -generatedSuffix.length) : name;
  return used.has(plain) ? name : plain;
}

function reachable(from: unknown, schemas: Readonly<Record<string, unknown>>): Set<string> {
  const found = new Set<string>();
  const queue = [from];
  while (queue.length > 0) {
    for (const [, name = ""] of JSON.stringify(queue.pop() ?? {}).matchAll(
      /"#\/components\/schemas\/(\w+)"/g,
    )) {
      if (found.has(name)) continue;
      found.add(name);
      queue.push(schemas[name]);
    }
  }
  return found;
}

function renamedSchema(schema: unknown, names: ReadonlyMap<string, string>): unknown {
  return JSON.parse(renamed(JSON.stringify(schema), names));
}

function renamed(text: string, names: ReadonlyMap<string, string>): string {
  const references = text.replaceAll(
    /"#\/components\/schemas\/(\w+)"/g,
    (_match, name: string) => `"${prefix}${names.get(name) ?? name}"`,
  );
  return references.replaceAll(
    /"(\d{3})":\{"description":"Default Response"/g,
    (_match, status: string) => `"${status}":{"description":"${STATUS_CODES[status] ?? "An answer"}"`,
  );
}
