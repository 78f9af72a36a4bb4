import { type RegistrationFault, registrationFault, shown } from "./faults.ts";
import type { RegistrationNames } from "./names.ts";

const run = "run: microdao registration";

/** What is wrong with how the homeserver delivers: `url`, ephemeral events and rate limits. */
export function lintDelivery(
  raw: Readonly<Record<string, unknown>>,
  names: RegistrationNames,
): RegistrationFault[] {
  return [
    ...lintUrl(raw["url"], names.bridgeUrl),
    ...lintEphemeral(raw),
    ...lintRateLimit(raw["rate_limited"]),
  ];
}

function lintUrl(value: unknown, bridgeUrl: string): RegistrationFault[] {
  const fix = `write ${bridgeUrl}, or ${run}`;
  if (value === null) {
    return [registrationFault("url-null", "url", "null: the homeserver would push nothing", fix)];
  }
  if (typeof value !== "string") return [registrationFault("url-missing", "url", shown(value), fix)];
  const url = URL.parse(value);
  if (url === null || !["http:", "https:"].includes(url.protocol) || url.search !== "" || url.hash !== "") {
    return [registrationFault("url-invalid", "url", shown(value), fix)];
  }
  if (url.pathname.includes("/_matrix")) {
    const found = `${shown(value)}; the homeserver adds /_matrix/app/v1 itself`;
    return [registrationFault("url-matrix-path", "url", found, fix)];
  }
  const faults: RegistrationFault[] = [];
  if (value.endsWith("/")) faults.push(registrationFault("url-trailing-slash", "url", shown(value), fix));
  if (withoutSlash(url.href) !== withoutSlash(new URL(bridgeUrl).href)) {
    const both = `set BRIDGE_URL=${withoutSlash(value)} if that is where the homeserver reaches the bridge, or ${fix}`;
    faults.push(
      registrationFault("url-differs", "url", `${shown(value)}, the bridge is at ${bridgeUrl}`, both),
    );
  }
  return faults;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}

function lintEphemeral(raw: Readonly<Record<string, unknown>>): RegistrationFault[] {
  const faults: RegistrationFault[] = [];
  const keys = [
    ["receive_ephemeral", "ephemeral-missing", "typing and read receipts are not pushed without it"],
    [
      "de.sorunome.msc2409.push_ephemeral",
      "ephemeral-legacy-missing",
      "Synapse before 1.156 reads only this name",
    ],
  ] as const;
  for (const [key, code, why] of keys) {
    if (raw[key] === true) continue;
    faults.push(registrationFault(code, key, shown(raw[key]), `write ${key}: true (${why}), or ${run}`));
  }
  return faults;
}

function lintRateLimit(value: unknown): RegistrationFault[] {
  if (value === false) return [];
  const found = value === undefined ? "nothing, which means true" : shown(value);
  const fix = `write rate_limited: false, otherwise agents may send one message in five seconds; or ${run}`;
  return [registrationFault("rate-limited", "rate_limited", found, fix)];
}
