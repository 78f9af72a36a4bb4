import { declareError } from "../../kernel/errors.ts";

/**
 * `error`: the bridge refuses to start with this registration, or the homeserver does, or strangers could pass for
 * agents. `warn`: it would run, and something would be worse than it has to be.
 */
export type FaultSeverity = "error" | "warn";

/** One thing that is wrong with a registration. Tokens are never part of it. */
export interface RegistrationFault {
  /** Stable, for programs: `token-short`. */
  readonly code: RegistrationFaultCode;
  readonly severity: FaultSeverity;
  /** Where in the file: `namespaces.users[0].regex`. */
  readonly path: string;
  readonly found: string;
  readonly fix: string;
}

const severities = {
  "file-missing": "error",
  "file-unreadable": "error",
  "yaml-invalid": "error",
  "not-a-mapping": "error",
  "id-missing": "error",
  "id-invalid": "error",
  "id-differs": "error",
  "token-missing": "error",
  "token-placeholder": "error",
  "token-short": "error",
  "token-weak": "error",
  "tokens-equal": "error",
  "url-missing": "error",
  "url-null": "error",
  "url-invalid": "error",
  "url-matrix-path": "error",
  "url-differs": "warn",
  "url-trailing-slash": "warn",
  "sender-missing": "error",
  "sender-invalid": "error",
  "sender-is-bot": "error",
  "sender-is-agent": "error",
  "sender-differs": "error",
  "bot-is-agent": "warn",
  "namespaces-missing": "error",
  "namespace-invalid": "error",
  "exclusive-not-boolean": "error",
  "exclusive-false": "warn",
  "regex-missing": "error",
  "regex-invalid": "error",
  "regex-unanchored": "error",
  "regex-unescaped": "error",
  "regex-not-checked": "warn",
  "regex-covers-everyone": "error",
  "server-name-mismatch": "error",
  "bot-not-covered": "error",
  "agents-not-covered": "error",
  "aliases-not-covered": "warn",
  "ephemeral-missing": "warn",
  "ephemeral-legacy-missing": "warn",
  "rate-limited": "warn",
  "same-id": "error",
  "same-token": "error",
  "same-sender": "error",
  "namespace-overlap": "error",
  "namespace-near": "warn",
} as const satisfies Record<string, FaultSeverity>;

export type RegistrationFaultCode = keyof typeof severities;

/** A fault with the severity that its code has. */
export function registrationFault(
  code: RegistrationFaultCode,
  path: string,
  found: string,
  fix: string,
): RegistrationFault {
  return { code, severity: severities[code], path, found, fix };
}

/** One line for people. */
export function sayRegistrationFault({ severity, code, path, found, fix }: RegistrationFault): string {
  return `${severity} ${code} at ${path}: found ${found}; ${fix}`;
}

/** The registration cannot be used. All faults are in it, not only the first. */
export const registrationUnusable = declareError<{ path: string; faults: readonly RegistrationFault[] }>(
  "registration_unusable",
  "invalid",
  ({ path, faults }) =>
    `The registration ${path} cannot be used:\n${faults.map((fault) => `  ${sayRegistrationFault(fault)}`).join("\n")}`,
);

/** A value as it may be shown: short, and without line breaks. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
