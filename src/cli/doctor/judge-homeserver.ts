import type { Answer } from "../../matrix/registration/index.ts";
import { fail, notChecked, ok, type Verdict, warn } from "./finding.ts";

/** Oldest specification with `POST /appservice/{id}/ping`. */
const leastSpec = [1, 7] as const;
/** By this a homeserver tells that it has that ping, whatever specification it claims to follow. */
const pingFeature = "fi.mau.msc2659.stable";
/** Synapse asks for tokens on media downloads from here on, and the bridge always sends one. */
const leastSynapse = [1, 120] as const;
/** Room versions that the mirror's rules for members, redactions and creators were written for. */
const knownRoomVersions = new Set(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"]);

/** `GET /_matrix/client/versions`: https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientversions */
export function judgeReachable(answer: Answer, url: string): Verdict {
  if (!answer.reached) {
    return fail(
      `${url} does not answer (${answer.why})`,
      "start the homeserver, or correct MATRIX_HOMESERVER_URL; from a container 127.0.0.1 is the container itself",
    );
  }
  if (answer.status === 200 && Array.isArray(answer.body["versions"])) return ok(`${url} answers`);
  const redirected = answer.status >= 300 && answer.status < 400;
  return fail(
    `${url} answers ${answer.status}${redirected ? " (a redirect)" : ""} and not as a Matrix homeserver does`,
    "set MATRIX_HOMESERVER_URL to the base URL of the client API, the one that /.well-known/matrix/client names",
  );
}

/** `versions` and, where the homeserver tells, which program in which version it is. */
export function judgeVersions(versions: Answer, software: Answer): Verdict {
  const spec = newestSpec(versions);
  if (spec === undefined) return notChecked("the homeserver does not tell its versions");
  const said = `Matrix up to v${spec.join(".")}`;
  const server = softwareOf(software) ?? namedByHeader(versions);
  if (before(spec, leastSpec) && !hasFeature(versions, pingFeature)) {
    return warn(said, `the bridge needs v${leastSpec.join(".")}: upgrade the homeserver`);
  }
  if (server === undefined) return ok(said);
  const all = `${server.name} ${server.version}, ${said}`;
  const tooOld = server.name === "Synapse" && before(numbersOf(server.version), leastSynapse);
  return tooOld ? warn(all, `upgrade Synapse to ${leastSynapse.join(".")} or newer`) : ok(all);
}

function hasFeature(answer: Answer, feature: string): boolean {
  return answer.reached && asRecord(answer.body["unstable_features"])[feature] === true;
}

function newestSpec(answer: Answer): number[] | undefined {
  const list = answer.reached ? answer.body["versions"] : undefined;
  if (!Array.isArray(list)) return undefined;
  const specs = list.filter((text): text is string => typeof text === "string" && /^v\d+\.\d+$/.test(text));
  return specs
    .map(numbersOf)
    .reduce<number[] | undefined>(
      (best, spec) => (best === undefined || before(best, spec) ? spec : best),
      undefined,
    );
}

function softwareOf(answer: Answer): { name: string; version: string } | undefined {
  const server = answer.reached && answer.status === 200 ? answer.body["server"] : undefined;
  if (typeof server !== "object" || server === null) return undefined;
  const { name, version } = server as Record<string, unknown>;
  return typeof name === "string" && typeof version === "string" ? { name, version } : undefined;
}

/** Where the federation API has another listener, the header of the client API tells, unless a proxy replaced it. */
function namedByHeader(answer: Answer): { name: string; version: string } | undefined {
  const version = answer.reached ? /^Synapse\/([\d.]+)/.exec(answer.server ?? "")?.[1] : undefined;
  return version === undefined ? undefined : { name: "Synapse", version };
}

function numbersOf(text: string): number[] {
  return (text.match(/\d+/g) ?? []).slice(0, 2).map(Number);
}

function before(one: readonly number[], two: readonly number[]): boolean {
  const [major = 0, minor = 0] = one;
  const [otherMajor = 0, otherMinor = 0] = two;
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

/** `GET /_matrix/client/v3/capabilities`, `m.room_versions`. */
export function judgeRoomVersions(answer: Answer): Verdict {
  const capabilities = answer.reached && answer.status === 200 ? asRecord(answer.body["capabilities"]) : {};
  const rooms = asRecord(capabilities["m.room_versions"]);
  const usual = rooms["default"];
  if (typeof usual !== "string") return notChecked("the homeserver does not tell its room versions");
  const newer = Object.entries(asRecord(rooms["available"]))
    .filter(([version, stability]) => stability === "stable" && !knownRoomVersions.has(version))
    .map(([version]) => version);
  if (knownRoomVersions.has(usual) && newer.length === 0) return ok(`new rooms have version ${usual}`);
  const unknown = knownRoomVersions.has(usual)
    ? newer
    : [usual, ...newer.filter((version) => version !== usual)];
  return warn(
    `room version ${unknown.join(", ")} is newer than this bridge`,
    "messages will be mirrored; roles and redactions may be wrong there: upgrade the bridge",
  );
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** Words of the homeserver: `M_FORBIDDEN: …`. */
export function sayErrcode(answer: Answer): string {
  if (!answer.reached) return answer.why;
  const { errcode, error } = answer.body;
  const code = typeof errcode === "string" ? errcode : `HTTP ${answer.status}`;
  return typeof error === "string" && error !== "" ? `${code}: ${error}` : code;
}
