import { type RegistrationFault, registrationFault, shown } from "./faults.ts";
import { readEntries } from "./lint-namespaces.ts";
import {
  aliasSamples,
  botUserId,
  ghostSamples,
  namespaceKinds,
  type RegistrationNames,
  senderUserId,
} from "./names.ts";
import { isMapping, type RegistrationFile } from "./read-registration.ts";
import { regexSamples } from "./regex-samples.ts";

/**
 * What this registration and another one of the same homeserver both claim. Namespaces are compared by examples: ids
 * made from our expressions are tried on theirs, theirs on ours, and the bot, agents and sender on theirs; expressions
 * with the same fixed beginning for which no common example is found are a warning. That finds what people write; it
 * is no proof that two expressions have nothing in common.
 */
export function lintOverlap(
  own: RegistrationFile,
  other: RegistrationFile,
  names: RegistrationNames,
): RegistrationFault[] {
  return [...lintSameValues(own, other), ...lintSharedIds(own, other, names)];
}

function lintSameValues(own: RegistrationFile, other: RegistrationFile): RegistrationFault[] {
  const faults: RegistrationFault[] = [];
  const same = (key: string, otherKey = key) =>
    typeof own.raw[key] === "string" && own.raw[key] !== "" && own.raw[key] === other.raw[otherKey];
  if (same("id")) {
    const fix = "set APPSERVICE_ID to another name; leave --against out if that file is a copy of this one";
    faults.push(registrationFault("same-id", "id", `${shown(own.raw["id"])}, also in ${other.path}`, fix));
  }
  for (const key of ["as_token", "hs_token"]) {
    if (!same(key, "as_token") && !same(key, "hs_token")) continue;
    const fix = "run: microdao registration --rotate-tokens";
    faults.push(registrationFault("same-token", key, `a token of ${other.path}`, fix));
  }
  if (same("sender_localpart")) {
    const found = `${shown(own.raw["sender_localpart"])}, also in ${other.path}`;
    faults.push(
      registrationFault("same-sender", "sender_localpart", found, "set SENDER_LOCALPART to another name"),
    );
  }
  return faults;
}

function lintSharedIds(
  own: RegistrationFile,
  other: RegistrationFile,
  names: RegistrationNames,
): RegistrationFault[] {
  const faults: RegistrationFault[] = [];
  const ownIds = {
    users: [botUserId(names), senderUserId(names), ...ghostSamples(names)],
    aliases: aliasSamples(names),
    rooms: [],
  };
  for (const kind of namespaceKinds) {
    const mine = entriesOf(own, kind);
    for (const theirs of entriesOf(other, kind).filter(({ exclusive }) => exclusive)) {
      const examples = [...ownIds[kind], ...mine.flatMap(({ regex }) => onServer(regex, names.serverName))];
      const shared =
        examples.find((id) => theirs.compiled.matches(id)) ??
        onServer(theirs.regex, names.serverName).find((id) =>
          mine.some(({ compiled }) => compiled.matches(id)),
        );
      const near = mine.find(({ regex }) => sameBeginning(regex, theirs.regex));
      const path = `namespaces.${kind}`;
      const place = `${shown(theirs.regex)} of ${other.path}`;
      const fix = "give one of the two another prefix (AGENT_PREFIX, BOT_LOCALPART, SENDER_LOCALPART here)";
      if (shared !== undefined) {
        faults.push(registrationFault("namespace-overlap", path, `${shared} also belongs to ${place}`, fix));
      } else if (near !== undefined) {
        faults.push(registrationFault("namespace-near", path, `the same beginning as ${place}`, fix));
      }
    }
  }
  return faults;
}

function entriesOf(file: RegistrationFile, kind: string) {
  const namespaces = file.raw["namespaces"];
  return isMapping(namespaces) ? readEntries(namespaces[kind]) : [];
}

/** Examples of an expression, as they are and as ids of our server. */
function onServer(regex: string, serverName: string): string[] {
  return regexSamples(regex).flatMap((sample) => [
    sample,
    `${sample.split(":", 1)[0] ?? sample}:${serverName}`,
  ]);
}

/** Both begin with the same fixed text, beyond the sigil. */
function sameBeginning(one: string, two: string): boolean {
  const [a, b] = [one, two].map(fixedBeginning);
  return a !== undefined && a.length > 1 && a === b;
}

function fixedBeginning(regex: string): string {
  const text = /^\^?((?:\\[^A-Za-z0-9]|[^\\.*+?^${}()|[\]])*)/.exec(regex)?.[1] ?? "";
  const quantified = /^[*?{]/.test(regex.replace(/^\^/, "").slice(text.length));
  return (quantified ? text.slice(0, -1) : text).replace(/\\/g, "");
}
