import { type RegistrationFault, registrationFault } from "./faults.ts";

const tokenKeys = ["as_token", "hs_token"] as const;
const shortest = 32;
const leastBits = 96;

/** Words that people leave in templates. Each is long enough that no random token has it by accident. */
const placeholder =
  /change[-_ ]?me|placeholder|replace[-_ ]|your[-_ ](?:as|hs|token|secret)|example|generate|^<.*>$/i;

/** What is wrong with the two secrets that bridge and homeserver share. Their text is never part of a fault. */
export function lintTokens(raw: Readonly<Record<string, unknown>>): RegistrationFault[] {
  const faults = tokenKeys.flatMap((key) => lintToken(key, raw[key]));
  const [asToken, hsToken] = tokenKeys.map((key) => raw[key]);
  if (typeof asToken === "string" && asToken !== "" && asToken === hsToken) {
    faults.push(
      registrationFault(
        "tokens-equal",
        "hs_token",
        "the same text as as_token",
        "each side needs its own secret: microdao registration --rotate-tokens",
      ),
    );
  }
  return faults;
}

function lintToken(key: string, value: unknown): RegistrationFault[] {
  const run = "run: microdao registration";
  if (typeof value !== "string" || value.trim() === "") {
    const found = value === undefined ? "nothing" : value === "" ? "an empty text" : "no text";
    return [registrationFault("token-missing", key, found, run)];
  }
  if (isPlaceholder(value)) return [registrationFault("token-placeholder", key, "a placeholder", run)];
  const rotate = "run: microdao registration --rotate-tokens";
  if (value.length < shortest) {
    return [
      registrationFault("token-short", key, `${value.length} characters, fewer than ${shortest}`, rotate),
    ];
  }
  if (guessedBits(value) < leastBits) {
    return [registrationFault("token-weak", key, "a text that is not random", rotate)];
  }
  return [];
}

/** Nothing that the bridge could use: absent, empty, or a word of the template. */
export function isUnsetToken(value: unknown): boolean {
  return typeof value !== "string" || value.trim() === "" || isPlaceholder(value);
}

function isPlaceholder(token: string): boolean {
  return placeholder.test(token) || /^(.)\1*$/.test(token);
}

/** How many bits the text holds at most, by the frequency of its characters; nearly none when it repeats itself. */
function guessedBits(token: string): number {
  const unit = /^(.+?)\1+$/.exec(token)?.[1] ?? token;
  const counts = new Map<string, number>();
  for (const sign of unit) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / unit.length);
  return bits;
}
