import { declareError } from "../kernel/errors.ts";

/** One thing that is wrong with the configuration. */
export interface ConfigFault {
  /** Where: `PORT`, or `config.yaml: port`. */
  readonly path: string;
  /** What was found there, with secrets masked. */
  readonly found: string;
  /** What to write instead. */
  readonly write: string;
}

/** One line for people. */
export function sayFault({ path, found, write }: ConfigFault): string {
  return `${path}: found ${found}; write ${write}`;
}

/** The configuration cannot be used. All faults are in it, not only the first. */
export const configInvalid = declareError<{ faults: readonly ConfigFault[] }>(
  "config_invalid",
  "invalid",
  ({ faults }) =>
    `The configuration has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:\n${faults.map((fault) => `  ${sayFault(fault)}`).join("\n")}`,
);
