import { isObject, type JsonObject } from "../../kernel/json.ts";
import { homeserverAway } from "./errors.ts";

/** The answer as an object. Anything else comes from something that is no homeserver. */
export function asObject(value: unknown): JsonObject {
  if (isObject(value)) return value;
  throw unexpected("its answer is not a JSON object");
}

/** A text that the specification requires to be there. */
export function requireText(object: JsonObject, key: string): string {
  const value = object[key];
  if (typeof value === "string") return value;
  throw unexpected(`its answer has no "${key}"`);
}

/** The objects of an array; whatever else is in it is left out. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function unexpected(why: string) {
  return homeserverAway({ why, status: undefined, errcode: undefined, retryAfterMs: undefined });
}

/** Joins path parts, each percent-encoded: room ids and aliases hold `!`, `#`, `:` and `/`. */
export function path(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return parts.reduce((text, part, index) => text + encodeURIComponent(values[index - 1] ?? "") + part);
}
