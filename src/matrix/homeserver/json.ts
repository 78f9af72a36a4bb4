import { homeserverAway } from "./errors.ts";

export type Json = Readonly<Record<string, unknown>>;

/** The answer as an object. Anything else comes from something that is no homeserver. */
export function asObject(value: unknown): Json {
  if (isObject(value)) return value;
  throw unexpected("its answer is not a JSON object");
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text that the specification requires to be there. */
export function requireText(object: Json, key: string): string {
  const value = object[key];
  if (typeof value === "string") return value;
  throw unexpected(`its answer has no "${key}"`);
}

export function optionalText(object: Json, key: string): string | undefined {
  const value = object[key];
  return typeof value === "string" ? value : undefined;
}

/** The objects of an array; whatever else is in it is left out. */
export function objectsOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function unexpected(why: string) {
  return homeserverAway({ why, status: undefined, errcode: undefined, retryAfterMs: undefined });
}

/** Joins path parts, each percent-encoded: room ids and aliases hold `!`, `#`, `:` and `/`. */
export function path(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return parts.reduce((text, part, index) => text + encodeURIComponent(values[index - 1] ?? "") + part);
}
