/** What the configuration says about how the bridge is known to the homeserver. */
export interface RegistrationNames {
  /** What stands after the colon of user ids. */
  readonly serverName: string;
  /** Where the homeserver reaches the bridge, without a trailing slash. */
  readonly bridgeUrl: string;
  readonly appserviceId: string;
  readonly senderLocalpart: string;
  readonly botLocalpart: string;
  /** The beginning of every agent's localpart and of every alias that the bridge makes. */
  readonly agentPrefix: string;
}

export type NamespaceKind = "users" | "aliases" | "rooms";

export interface NamespaceEntry {
  readonly exclusive: boolean;
  readonly regex: string;
}

export const namespaceKinds: readonly NamespaceKind[] = ["users", "aliases", "rooms"];

export function botUserId(names: RegistrationNames): string {
  return `@${names.botLocalpart}:${names.serverName}`;
}

export function senderUserId(names: RegistrationNames): string {
  return `@${names.senderLocalpart}:${names.serverName}`;
}

/** The namespaces that the bridge needs, each anchored at both ends so that no other server's user can match. */
export function ownNamespaces(names: RegistrationNames): Record<"users" | "aliases", NamespaceEntry[]> {
  const server = escapeRegex(names.serverName);
  const prefix = escapeRegex(names.agentPrefix);
  return {
    users: [
      { exclusive: true, regex: `^@${escapeRegex(names.botLocalpart)}:${server}$` },
      { exclusive: true, regex: `^@${prefix}[^:]+:${server}$` },
    ],
    aliases: [{ exclusive: true, regex: `^#${prefix}[^:]+:${server}$` }],
  };
}

/** Ids that the namespaces have to cover: a short and a long agent, and one with every character that codes may have. */
export function ghostSamples(names: RegistrationNames): string[] {
  return ["a", "sofia", "0_9.z/x-y=c3=a9"].map((code) => `@${names.agentPrefix}${code}:${names.serverName}`);
}

export function aliasSamples(names: RegistrationNames): string[] {
  return ["a", "general", "0_9.z-y"].map((code) => `#${names.agentPrefix}${code}:${names.serverName}`);
}

/** Makes text match only itself, in Python's regular expressions (Synapse) and in JavaScript's alike. */
export function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
