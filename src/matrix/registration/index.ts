/**
 * The registration: the file that introduces the bridge to its homeserver. It is written, read, judged and required
 * here, with our own YAML reader and writer. Always true: what `generateRegistration` makes has no faults, unknown keys
 * survive, and no token ever appears in a fault, a change or a log.
 */
export {
  type FaultSeverity,
  type RegistrationFault,
  type RegistrationFaultCode,
  registrationUnusable,
  sayRegistrationFault,
} from "./faults.ts";
export {
  type GeneratedRegistration,
  type GenerateInput,
  generateRegistration,
} from "./generate-registration.ts";
export { lintRegistration } from "./lint-registration.ts";
export {
  botUserId,
  escapeRegex,
  type NamespaceEntry,
  type NamespaceKind,
  type RegistrationNames,
  senderUserId,
} from "./names.ts";
export { type Answer, openProbe, type Probe } from "./probe.ts";
export { type RegistrationFile, readRegistration } from "./read-registration.ts";
export { type Registration, requireUsableRegistration } from "./require-usable-registration.ts";
export { exampleNames, tokenPlaceholder } from "./template.ts";
export { type WriteInput, type WrittenRegistration, writeRegistration } from "./write-registration.ts";
