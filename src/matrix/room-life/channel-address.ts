import { isSlug } from "../../domain/messaging/index.ts";

/** Whose aliases are ours. */
export interface AddressSpace {
  /** `AGENT_PREFIX`, such as `dao_`. */
  readonly aliasPrefix: string;
  readonly serverName: string;
}

export interface ChannelAddress {
  /** The microDAO's external id, `microdao:7`. */
  readonly microdao: string;
  readonly slug: string;
}

/**
 * Reads `#dao_<number of the microDAO>_<slug>:<server>`, exactly: no other spelling of the same words is an address.
 * Undefined for every other alias.
 */
export function parseChannelAddress(space: AddressSpace, alias: string): ChannelAddress | undefined {
  const [begin, end] = [`#${space.aliasPrefix}`, `:${space.serverName}`];
  if (!alias.startsWith(begin) || !alias.endsWith(end)) return undefined;
  const localpart = alias.slice(begin.length, -end.length);
  const [, number, slug] = /^([1-9]\d{0,17})_(.+)$/s.exec(localpart) ?? [];
  if (number === undefined || slug === undefined || !isSlug(slug)) return undefined;
  return { microdao: `microdao:${number}`, slug };
}

/** The alias of a channel, without `#` and server: what a homeserver wants when it makes a room. */
export function aliasLocalpart(space: AddressSpace, { microdao, slug }: ChannelAddress): string {
  return `${space.aliasPrefix}${microdao.slice("microdao:".length)}_${slug}`;
}
