import { parseArgs } from "node:util";
import { declareError } from "../src/kernel/errors.ts";
import type { ProgramName } from "./program.ts";

/** What the command line asked for. */
export interface Options {
  readonly rounds: number;
  /** Events per round for the floor and ours; the naive bridge gets a fifth, because it takes that much longer. */
  readonly events: number;
  readonly only: ReadonlySet<ProgramName | Scenario>;
  /** Messages in the tables of the loaded programs; 0 leaves that scenario out. */
  readonly rows: number;
  /** Events of the memory scenario; 0 leaves it out. */
  readonly soak: number;
  /** Events of the history that is read back, and people in its room. */
  readonly history: number;
  readonly members: number;
  readonly embedded: boolean;
  readonly out: string | undefined;
  /** Server settings to try, as `name=value`. */
  readonly settings: Record<string, string>;
}

export const scenarios = [
  "batches",
  "singles",
  "loaded",
  "start",
  "rights",
  "posting",
  "mentions",
  "soak",
  "backfill",
  "embedded",
] as const;
export type Scenario = (typeof scenarios)[number];

const badOption = declareError<{ option: string; write: string }>(
  "bad_option",
  "invalid",
  ({ option, write }) => `--${option}: write ${write}`,
);

const selectable: readonly string[] = [...scenarios, "floor", "bareFloor", "tellingFloor", "naive", "ours"];

export const usage = `npm run bench -- [options]

  --rounds N        measured rounds per scenario (5)
  --events N        events per round and program (20000; the naive bridge a fifth)
  --only a,b        only these programs (floor bareFloor tellingFloor naive ours) and scenarios (batches singles loaded
                    start rights posting mentions soak backfill embedded)
  --rows N          also measure the floor and ours with N messages already in the tables
  --soak N          also push N events into ours and watch its memory
  --history N       events of the history that the scenario backfill reads (100000); it runs when --only names it
  --members N       people in that history's room (200)
  --embedded        also measure ours on the embedded database
  --set name=value  a PostgreSQL server setting to try; may be repeated
  --out FILE        write the JSON there instead of to stdout
  --help            this text
`;

/** Reads the command line; undefined when only the usage was asked for. Throws `bad_option`. */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string", default: "5" },
      events: { type: "string", default: "20000" },
      only: { type: "string", default: "" },
      rows: { type: "string", default: "0" },
      soak: { type: "string", default: "0" },
      history: { type: "string", default: "100000" },
      members: { type: "string", default: "200" },
      embedded: { type: "boolean", default: false },
      set: { type: "string", multiple: true, default: [] },
      out: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    rounds: whole("rounds", values.rounds, 1),
    events: whole("events", values.events, 1000),
    only: chosen(values.only),
    rows: whole("rows", values.rows, 0),
    soak: whole("soak", values.soak, 0),
    history: whole("history", values.history, 1000),
    members: whole("members", values.members, 1),
    embedded: values.embedded,
    out: values.out,
    settings: Object.fromEntries(values.set.map(pair)),
  };
}

function whole(option: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw badOption({ option, write: `a whole number from ${least}` });
}

function chosen(text: string): Options["only"] {
  const names = text === "" ? [] : text.split(",");
  if (names.every((name) => selectable.includes(name))) return new Set(names as (ProgramName | Scenario)[]);
  throw badOption({ option: "only", write: `names out of ${selectable.join(", ")}, with commas between` });
}

function pair(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw badOption({ option: "set", write: "name=value" });
}
