import { z } from "zod";

/**
 * One row per setting: its name in the environment, how it is read, and the words that the documentation and the
 * fault list use. In `config.yaml` the key is the same name in lower case. `.env.example` and `docs/config.md` are
 * generated from this table (`scripts/config-docs.ts`), and `Config` is inferred from it.
 */
export interface Setting<T extends z.ZodType = z.ZodType> {
  readonly env: string;
  /** Reads the text that was found. Rows without a default are `.optional()`. */
  readonly type: T;
  /** What it is for, one or two sentences. */
  readonly about: string;
  /** What to write, for the list of faults: "a whole number from 1 to 65535". */
  readonly write: string;
  /** A value for `.env.example`; never a real secret. */
  readonly example: string;
  /** Shown when the default is worked out from other settings. */
  readonly derived?: string;
  /** `all`: never shown. `password`: a URL whose password is never shown. */
  readonly secret?: "all" | "password";
  /** Commands that cannot do without it. */
  readonly neededBy?: readonly NeededBy[];
}

export type NeededBy = "serve" | "registration";

/** A row of the table. */
export function setting<T extends z.ZodType>(env: string, type: T, words: Omit<Setting<T>, "env" | "type">) {
  return { env, type, ...words };
}

/** A whole number, both ends included. */
export const whole = (from: number, to: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.number().min(from).max(to));
