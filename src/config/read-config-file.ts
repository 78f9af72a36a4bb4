import { isMap, isScalar, type Pair, parseDocument } from "yaml";
import { didYouMean } from "../kernel/did-you-mean.ts";
import type { ConfigFault } from "./fault.ts";
import { maskValue } from "./mask.ts";
import { type Setting, settingRows } from "./settings.ts";

/** The text of a file, or undefined when there is none. */
export type ReadFile = (path: string) => string | undefined;

/** What the file says: texts by the name of the setting in the environment. */
export interface ConfigFile {
  readonly path: string;
  readonly values: ReadonlyMap<string, string>;
  readonly faults: readonly ConfigFault[];
}

const defaultPath = "config.yaml";

/**
 * Reads the optional configuration file. A file that CONFIG_PATH names must be there; `config.yaml` may be absent.
 * All scalars are read as text (YAML's failsafe schema), so that the file and the environment mean the same.
 */
export function readConfigFile(configPath: string | undefined, readFile: ReadFile): ConfigFile {
  const named = configPath?.trim() ?? "";
  const path = named === "" ? defaultPath : named;
  const text = readFile(path);
  if (text === undefined) return { path, values: new Map(), faults: named === "" ? [] : [absent(path)] };
  const document = parseDocument(text, { schema: "failsafe", prettyErrors: true });
  // What follows the first few errors mostly follows from them.
  const broken = document.errors.slice(0, 3).map((error) => ({
    path: `${path}: line ${error.linePos?.[0].line ?? 1}`,
    found: firstLine(error.message),
    write: "valid YAML, one `name: value` per line",
  }));
  if (broken.length > 0) return { path, values: new Map(), faults: broken };
  if (document.contents === null) return { path, values: new Map(), faults: [] };
  if (!isMap(document.contents)) {
    return {
      path,
      values: new Map(),
      faults: [{ path, found: "no mapping", write: "one `name: value` per line" }],
    };
  }
  return readPairs(path, document.contents.items);
}

function readPairs(path: string, pairs: readonly Pair[]): ConfigFile {
  const rows = new Map(settingRows().map(([, row]) => [row.env.toLowerCase(), row]));
  const values = new Map<string, string>();
  const faults: ConfigFault[] = [];
  for (const pair of pairs) {
    const name = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
    const row = rows.get(name);
    const text = textOf(pair.value);
    if (row === undefined) faults.push(unknownKey(path, name, [...rows.keys()]));
    else if (text === undefined) faults.push(notText(path, name, row));
    else values.set(row.env, text);
  }
  return { path, values, faults };
}

function textOf(value: unknown): string | undefined {
  if (value === null) return "";
  return isScalar(value) && typeof value.value === "string" ? value.value : undefined;
}

function absent(path: string): ConfigFault {
  return {
    path: "CONFIG_PATH",
    found: `${maskValue(undefined, path)}, which does not exist`,
    write: "the path of a YAML file",
  };
}

function notText(path: string, name: string, row: Setting): ConfigFault {
  return { path: `${path}: ${name}`, found: "a list or a mapping", write: row.write };
}

function unknownKey(path: string, name: string, known: readonly string[]): ConfigFault {
  const near = didYouMean(name, known);
  return {
    path: `${path}: ${name}`,
    found: "a name that no setting has",
    write:
      near === undefined
        ? `one of ${known.join(", ")}`
        : `${near} (did you mean that?), or take the line out`,
  };
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? text).replace(/:$/, "");
}
