import { Client } from "pg";

const seen: string[] = [];
let recording = false;

/** The text of every statement that any connection of this process sends from now on. */
export function recordStatements(): string[] {
  if (recording) return seen;
  recording = true;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on the client it was taken from
  const original = Client.prototype.query as (...parameters: unknown[]) => unknown;
  Client.prototype.query = function query(this: Client, ...parameters: unknown[]) {
    const [first] = parameters;
    seen.push(typeof first === "string" ? first : String((first as { text?: unknown }).text));
    return original.apply(this, parameters);
  } as typeof Client.prototype.query;
  return seen;
}
