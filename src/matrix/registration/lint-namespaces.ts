import { type RegistrationFault, registrationFault, shown } from "./faults.ts";
import { compileHomeserverRegex, type HomeserverRegex } from "./homeserver-regex.ts";
import {
  aliasSamples,
  botUserId,
  ghostSamples,
  type NamespaceKind,
  namespaceKinds,
  ownNamespaces,
  type RegistrationNames,
} from "./names.ts";
import { isMapping } from "./read-registration.ts";
import { regexSamples } from "./regex-samples.ts";

const run = "run: microdao registration";

/** What is wrong with the namespaces: their form, who else could match them, and whether they cover bot and agents. */
export function lintNamespaces(
  raw: Readonly<Record<string, unknown>>,
  names: RegistrationNames,
): RegistrationFault[] {
  const namespaces = raw["namespaces"];
  if (!isMapping(namespaces)) {
    return [registrationFault("namespaces-missing", "namespaces", shown(namespaces), run)];
  }
  const faults = namespaceKinds.flatMap((kind) => lintKind(kind, namespaces[kind], names));
  const strangers = faults.some(
    ({ code }) => code === "server-name-mismatch" || code === "namespace-invalid",
  );
  return strangers ? faults : [...faults, ...lintCoverage(namespaces, names)];
}

function lintKind(kind: NamespaceKind, value: unknown, names: RegistrationNames): RegistrationFault[] {
  if (value === undefined) return [];
  const path = `namespaces.${kind}`;
  if (!Array.isArray(value)) {
    return [registrationFault("namespace-invalid", path, shown(value), `write a list; ${run}`)];
  }
  return value.flatMap((entry: unknown, index) => lintEntry(kind, `${path}[${index}]`, entry, names));
}

/** What is wrong with one entry of a namespace. `path` is where it stands. */
export function lintEntry(
  kind: NamespaceKind,
  path: string,
  entry: unknown,
  names: RegistrationNames,
): RegistrationFault[] {
  if (!isMapping(entry)) {
    return [registrationFault("namespace-invalid", path, shown(entry), `write exclusive and regex; ${run}`)];
  }
  const faults: RegistrationFault[] = [];
  const { exclusive, regex } = entry;
  if (typeof exclusive !== "boolean") {
    const fix = "write true or false without quotes";
    faults.push(registrationFault("exclusive-not-boolean", `${path}.exclusive`, shown(exclusive), fix));
  }
  if (typeof regex !== "string") {
    return [...faults, registrationFault("regex-missing", `${path}.regex`, shown(regex), run)];
  }
  const compiled = compileHomeserverRegex(regex);
  if ("reason" in compiled) {
    const found = `${shown(regex)} (${compiled.reason})`;
    return [...faults, registrationFault("regex-invalid", `${path}.regex`, found, run)];
  }
  if (kind === "rooms") return faults;
  return [...faults, ...lintReach({ kind, path: `${path}.regex`, regex, compiled }, names)];
}

interface Expression {
  readonly kind: "users" | "aliases";
  readonly path: string;
  readonly regex: string;
  readonly compiled: HomeserverRegex;
}

/** Who else could match: users of other servers, of a server with a similar name, or everybody here. */
function lintReach(expression: Expression, names: RegistrationNames): RegistrationFault[] {
  const { kind, path, regex, compiled } = expression;
  const sigil = kind === "users" ? "@" : "#";
  const people = ["alice", "bob", "q7", "zoe.lang", "x_1-y"];
  if (people.every((name) => compiled.matches(`${sigil}${name}:${names.serverName}`))) {
    const fix = `it would take every ${kind === "users" ? "user" : "alias"} of the server; ${run}`;
    return [registrationFault("regex-covers-everyone", path, shown(regex), fix)];
  }
  const samples = regexSamples(regex).filter((sample) => compiled.matches(sample));
  if (samples.length === 0) {
    const fix = `no example could be made of it; write it like ${shown(ownNamespaces(names)[kind].at(-1)?.regex)}`;
    return [registrationFault("regex-not-checked", path, shown(regex), fix)];
  }
  const codes = new Set(samples.flatMap((sample) => judgeSample(sample, compiled, names.serverName)));
  return [...codes].map((code) => reachFault(code, expression, names));
}

type ReachCode = "regex-unanchored" | "regex-unescaped" | "server-name-mismatch";

function judgeSample(sample: string, compiled: HomeserverRegex, serverName: string): ReachCode[] {
  const localpart = sample.split(":", 1)[0] ?? sample;
  const anyServer = compiled.matches(`${localpart}:stranger.invalid`);
  if (anyServer) return ["regex-unanchored"];
  const codes: ReachCode[] = [];
  if (compiled.matches(`${sample}.stranger.invalid`)) codes.push("regex-unanchored");
  if (!compiled.matches(`${localpart}:${serverName}`)) codes.push("server-name-mismatch");
  else if (lookalikes(serverName).some((server) => compiled.matches(`${localpart}:${server}`))) {
    codes.push("regex-unescaped");
  }
  return codes;
}

/** The server's name with one of its dots replaced at a time. */
function lookalikes(serverName: string): string[] {
  return [...serverName.matchAll(/\./g)].map(
    ({ index }) => `${serverName.slice(0, index)}x${serverName.slice(index + 1)}`,
  );
}

function reachFault(
  code: ReachCode,
  { kind, path, regex }: Expression,
  names: RegistrationNames,
): RegistrationFault {
  const like = `write it like ${shown(ownNamespaces(names)[kind].at(-1)?.regex)}, or ${run}`;
  const found = shown(regex);
  if (code === "regex-unanchored") {
    const why = "it also matches ids of other servers, because homeservers anchor only the beginning";
    return registrationFault(code, path, `${found}; ${why}`, `end it with :<server name>$; ${like}`);
  }
  if (code === "regex-unescaped") {
    return registrationFault(
      code,
      path,
      `${found}; a dot of the server name matches any sign`,
      `write \\. there; ${like}`,
    );
  }
  const other = `${found}, which matches nothing on ${names.serverName}`;
  return registrationFault(code, path, other, `correct MATRIX_SERVER_NAME, or ${like}`);
}

/** Whether bot, agents and aliases are inside the namespaces, and nobody else may register their names. */
function lintCoverage(namespaces: Record<string, unknown>, names: RegistrationNames): RegistrationFault[] {
  const own = ownNamespaces(names);
  const bot = [botUserId(names)];
  const wanted = [
    { code: "bot-not-covered", kind: "users", ids: bot, regex: own.users[0]?.regex },
    { code: "agents-not-covered", kind: "users", ids: ghostSamples(names), regex: own.users[1]?.regex },
    { code: "aliases-not-covered", kind: "aliases", ids: aliasSamples(names), regex: own.aliases[0]?.regex },
  ] as const;
  const faults: RegistrationFault[] = [];
  for (const { code, kind, ids, regex } of wanted) {
    const entries = readEntries(namespaces[kind]);
    const absent = ids.find((id) => !entries.some(({ compiled }) => compiled.matches(id)));
    const open = ids.find(
      (id) => !entries.some(({ compiled, exclusive }) => exclusive && compiled.matches(id)),
    );
    const path = `namespaces.${kind}`;
    if (absent !== undefined) {
      const fix = `add the regex ${shown(regex)}, or ${run}`;
      faults.push(registrationFault(code, path, `nothing that matches ${absent}`, fix));
    } else if (open !== undefined) {
      const found = `${open} in no exclusive namespace: others may take such names`;
      faults.push(registrationFault("exclusive-false", path, found, "write exclusive: true"));
    }
  }
  return faults;
}

/** The entries of a namespace that can be used, compiled; faulty ones are left out. */
export function readEntries(
  value: unknown,
): { regex: string; exclusive: boolean; index: number; compiled: HomeserverRegex }[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown, index) => {
    if (!isMapping(entry) || typeof entry["regex"] !== "string") return [];
    const compiled = compileHomeserverRegex(entry["regex"]);
    return "reason" in compiled
      ? []
      : [{ regex: entry["regex"], exclusive: entry["exclusive"] !== false, index, compiled }];
  });
}
