import { at, isObject, type JsonObject, stringAt } from "../../kernel/json.ts";

/**
 * The plain text of content that may be extensible: `body`, the draft's `org.matrix.msc1767.text`, or the first plain
 * `m.text` representation. Source: MSC1767; client-server API, "m.text".
 */
export function extensibleText(value: JsonObject | undefined): string | undefined {
  return (
    stringAt(value, "body") ??
    stringAt(value, "org.matrix.msc1767.text") ??
    stringAt(value, "m.text") ??
    plainOf(at(value, "m.text")) ??
    plainOf(at(value, "org.matrix.msc1767.message"))
  );
}

function plainOf(representations: unknown): string | undefined {
  if (!Array.isArray(representations)) return undefined;
  const plain = representations
    .slice(0, 20)
    .filter(isObject)
    .find((one) => (stringAt(one, "mimetype") ?? "text/plain") === "text/plain");
  return stringAt(plain, "body");
}
