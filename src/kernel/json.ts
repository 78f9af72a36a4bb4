/** Reading untrusted JSON: each function gives the value if it has the type, else undefined. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `value[key]` when `value` is an object that has the key itself (never one it inherits). */
export function at(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

export function objectAt(value: unknown, key: string): JsonObject | undefined {
  const found = at(value, key);
  return isObject(found) ? found : undefined;
}

export function stringAt(value: unknown, key: string): string | undefined {
  const found = at(value, key);
  return typeof found === "string" ? found : undefined;
}

/**
 * The JSON of a value that came from JSON. `JSON.stringify` gives up at some thousand levels, which `JSON.parse` does
 * not; whatever could be read can be written again.
 */
export function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return deepJsonOf(value);
  }
}

type Piece = { readonly text: string } | { readonly value: unknown };

function deepJsonOf(root: unknown): string {
  const written: string[] = [];
  const open: Piece[] = [{ value: root }];
  for (let piece = open.pop(); piece !== undefined; piece = open.pop()) {
    if ("text" in piece) written.push(piece.text);
    else if (typeof piece.value !== "object" || piece.value === null)
      written.push(JSON.stringify(piece.value));
    else for (const inner of piecesOf(piece.value).reverse()) open.push(inner);
  }
  return written.join("");
}

function piecesOf(value: object): Piece[] {
  const isArray = Array.isArray(value);
  const items = Object.entries(value).flatMap(([key, item]: [string, unknown], index): Piece[] => [
    { text: (index === 0 ? "" : ",") + (isArray ? "" : `${JSON.stringify(key)}:`) },
    { value: item },
  ]);
  return [{ text: isArray ? "[" : "{" }, ...items, { text: isArray ? "]" : "}" }];
}

/** A finite number, as Matrix allows integers only: anything with a fraction is no number here. */
export function integerAt(value: unknown, key: string): number | undefined {
  const found = at(value, key);
  return typeof found === "number" && Number.isSafeInteger(found) ? found : undefined;
}
