import { stringAt } from "../../kernel/json.ts";
import { wellFormed } from "./well-formed.ts";

/** The fields that have a value. */
export function compact(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A text that is a name for programs: at most 255 characters, as it can be stored. */
export function shortString(value: unknown, key: string): string | undefined {
  const text = stringAt(value, key);
  return text === undefined ? undefined : wellFormed(text.slice(0, 255));
}
