import type { RegistrationFault } from "./faults.ts";
import { lintDelivery } from "./lint-delivery.ts";
import { lintIdentity } from "./lint-identity.ts";
import { lintNamespaces } from "./lint-namespaces.ts";
import { lintOverlap } from "./lint-overlap.ts";
import { lintTokens } from "./lint-tokens.ts";
import type { RegistrationNames } from "./names.ts";
import type { RegistrationFile } from "./read-registration.ts";

/**
 * Everything that is wrong with a registration, measured against the configuration and, when given, against the other
 * registrations of the same homeserver. An empty list means there is nothing to correct.
 * Sources: https://spec.matrix.org/v1.19/application-service-api/#registration and Synapse's `config/appservice.py`.
 */
export function lintRegistration(
  file: RegistrationFile,
  names: RegistrationNames,
  others: readonly RegistrationFile[] = [],
): RegistrationFault[] {
  return [
    ...lintIdentity(file.raw, names),
    ...lintDelivery(file.raw, names),
    ...lintTokens(file.raw),
    ...lintNamespaces(file.raw, names),
    ...others.flatMap((other) => lintOverlap(file, other, names)),
  ];
}
